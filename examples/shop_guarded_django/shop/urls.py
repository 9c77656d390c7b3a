from django.urls import include, path

from . import money, orders, people, things

shop = [
    path("me/orders/", orders.my_orders),
    path("orders/<int:order_id>/cancel/", orders.cancel),
    path("orders/<int:order_id>/ship/", orders.ship),
    path("me/account/", money.balance),
    path("accounts/withdraw/", money.withdraw),
    path("accounts/transfer/", money.transfer),
    path("giftcards/<str:card>/spend/", money.spend),
    path("coupons/<str:code>/redeem/", money.redeem),
    path("users/", people.list_users),
    path("users/<str:username>/promote/", people.promote),
    path("users/<str:username>/demote/", people.demote),
    path("profile/", people.read_profile),
    path("profile/email/", people.change_email),
    path("invoices/<int:invoice_id>/", people.read_invoice),
    path("invoices/<int:invoice_id>/pay/", people.pay_invoice),
    path("invoices/<int:invoice_id>/transfer/", people.transfer_invoice),
    path("groups/<str:group>/members/<str:username>/", people.revoke),
    path("items/", things.Items.as_view()),
    path("items/<int:item_id>/", things.ItemDetail.as_view()),
    path("items/<int:item_id>/give/", things.give_item),
    path("wishlist/", things.Wishlist.as_view()),
    path("favourites/", things.add_favourite),
    path("teams/", things.create_team),
]
# At the addresses, too, at which the shop that races has other views: its tests are these.
twins = ("safe/", "atomic/", "locked/")
urlpatterns = [*shop, *(path(twin, include(shop)) for twin in twins)]
