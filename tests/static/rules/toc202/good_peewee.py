import peewee
from flask import Flask, abort

app = Flask(__name__)
db = peewee.SqliteDatabase("shop.db")


class Coupon(peewee.Model):
    code = peewee.CharField(unique=True)
    used = peewee.IntegerField(default=0)
    max_uses = peewee.IntegerField()

    class Meta:
        database = db


@app.post("/coupons/<code>")
def redeem(code):
    with db.atomic("IMMEDIATE"):
        coupon = Coupon.get(Coupon.code == code)
        if coupon.used >= coupon.max_uses:
            abort(409)
        coupon.used += 1
        coupon.save()
    return "", 204
