"""Addresses of the area: below /office/ for staff, below /my/ for the household, and one for the treasury's notifications."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from guangsha.areas.rent import notifications, office, office_collection, office_letters, open_pages, portal

urlpatterns: list[URLPattern | URLResolver] = [
    path("rent/notifications/", notifications.receive, name="rent-notifications"),
    path("office/rent/", office.bills, name="office-rent"),
    path("office/rent/arrears/", office.arrears, name="office-rent-arrears"),
    path("office/rent/leases/<slug:number>/", office.account, name="office-rent-account"),
    path("office/rent/leases/<slug:number>/acts/<slug:code>/", office.account_act, name="office-rent-act"),
    path("office/rent/terms/<int:key>/<slug:code>/", office.term_act, name="office-rent-term"),
    path("office/rent/bills/<int:key>/<slug:code>/", office.bill_act, name="office-rent-bill"),
    path("office/rent/adjustments/<int:key>/", office.adjustment_act, name="office-rent-adjustment"),
    path("office/rent/plans/<slug:number>/", office.plan_act, name="office-rent-plan"),
    path("office/rent/refunds/<slug:number>/<slug:code>/", office.refund_act, name="office-rent-refund"),
    path("office/rent/letters/", office_letters.letters, name="office-rent-letters"),
    path(
        "office/rent/letters/buildings/<int:building>/letters.<slug:kind>",
        office_letters.building_file,
        name="office-rent-building-letters",
    ),
    path("office/rent/letters/<int:key>/", office_letters.letter, name="office-rent-letter"),
    path(
        "office/rent/letters/<int:key>/letter.<slug:kind>",
        office_letters.letter_file,
        name="office-rent-letter-file",
    ),
    path("office/rent/letters/<int:key>/deliver/", office_letters.deliver, name="office-rent-letter-deliver"),
    path(
        "office/rent/receipts/<int:key>/confirmation.<slug:kind>",
        office_letters.receipt_file,
        name="office-rent-receipt-file",
    ),
    path("office/rent/collection/", office_collection.collection, name="office-rent-collection"),
    path("office/rent/collection/import/", office_collection.collection_import, name="office-rent-import"),
    path("office/rent/collection/accounts/", office_collection.rent_accounts, name="office-rent-accounts"),
    path(
        "office/rent/collection/<int:key>/",
        office_collection.collection_day,
        name="office-rent-collection-day",
    ),
    path(
        "office/rent/collection/<int:key>/<slug:code>/",
        office_collection.collection_act,
        name="office-rent-collection-act",
    ),
    path("my/rent/", portal.my_rents, name="portal-rents"),
    path("my/rent/orders/<slug:number>/", portal.my_order, name="portal-rent-order"),
    path("my/rent/bank/<slug:number>/", portal.simulated_bank, name="portal-rent-bank"),
    path("my/rent/receipts/<int:key>/", portal.my_receipt, name="portal-rent-receipt"),
    path(
        "my/rent/receipts/<int:key>/confirmation.<slug:kind>",
        portal.my_receipt_file,
        name="portal-rent-receipt-file",
    ),
    path("my/rent/letters/<int:key>/letter.<slug:kind>", portal.my_letter_file, name="portal-rent-letter"),
    path("receipts/", open_pages.receipt_check, name="rent-receipt-check"),
    path("my/rent/<slug:number>/", portal.my_rent, name="portal-rent"),
]
