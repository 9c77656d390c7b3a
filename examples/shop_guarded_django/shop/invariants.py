"""What must be true after any two requests, whatever their order."""

from django.db.models import Count, F

from .models import Account, Coupon, GiftCard, Order, Refund


def no_negative_balance() -> bool:
    return not any(model.objects.filter(balance__lt=0).exists() for model in (Account, GiftCard))


def one_refund_per_cancellation() -> bool:
    cancelled = Order.objects.filter(status=Order.CANCELLED).order_by("id")
    refunded = Refund.objects.order_by("order_id").values_list("order_id", flat=True)
    return list(cancelled.values_list("id", flat=True)) == list(refunded)


def coupons_within_limit() -> bool:
    counted = Coupon.objects.annotate(uses=Count("redemptions"))
    return not counted.filter(uses__gt=F("max_uses")).exists()
