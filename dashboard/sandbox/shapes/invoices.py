"""Shapes of bills: invoices, their lines and payments, pending items and credit notes."""

from __future__ import annotations

from dashboard.sandbox.shapes.shape import ListOf, Shape

INVOICE = Shape(
    name="invoice",
    prefix="in_",
    path="/v1/invoices",
    path_name="invoice",
    needed="currency customer period_end period_start status",
    nulls=(
        "account_tax_ids application automatically_finalizes_at custom_fields customer_account"
        " customer_address customer_email customer_name customer_phone customer_shipping"
        " default_payment_method default_source description due_date effective_at ending_balance"
        " footer from_invoice hosted_invoice_url invoice_pdf last_finalization_error"
        " latest_revision next_payment_attempt number on_behalf_of parent receipt_number rendering"
        " shipping_cost shipping_details statement_descriptor test_clock webhooks_delivered_at"
    ),
    defaults={
        "account_country": "US",
        "account_name": None,
        "amount_due": 0,
        "amount_overpaid": 0,
        "amount_paid": 0,
        "amount_remaining": 0,
        "amount_shipping": 0,
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": False,
        "automatic_tax": {
            "disabled_reason": None,
            "enabled": False,
            "liability": None,
            "provider": None,
            "status": None,
        },
        "billing_reason": "manual",
        "collection_method": "charge_automatically",
        "customer_tax_exempt": "none",
        "customer_tax_ids": [],
        "default_tax_rates": [],
        "discounts": [],
        "issuer": {"type": "self"},
        "lines": ListOf("/v1/invoices/{id}/lines"),
        "payment_settings": {
            "default_mandate": None,
            "payment_method_options": None,
            "payment_method_types": None,
        },
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "starting_balance": 0,
        "status_transitions": {
            "finalized_at": None,
            "marked_uncollectible_at": None,
            "paid_at": None,
            "voided_at": None,
        },
        "subtotal": 0,
        "subtotal_excluding_tax": 0,
        "total": 0,
        "total_discount_amounts": [],
        "total_excluding_tax": 0,
        "total_pretax_credit_amounts": [],
        "total_taxes": [],
    },
    optional="amount_paid_off_stripe deleted status_details threshold_reason",
    included="confirmation_secret",
    holds={"lines": "line_item"},
    children={"payments": "invoice_payment.invoice"},
    filters=(
        "created:range collection_method customer customer_account due_date:range status"
        " subscription:parent.subscription_details.subscription"
    ),
    choices={
        "collection_method": "charge_automatically send_invoice",
        "status": "draft open paid uncollectible void",
    },
    expands=(
        "application customer default_payment_method default_source discounts from_invoice.invoice"
        " latest_revision on_behalf_of parent.subscription_details.subscription test_clock"
        " total_discount_amounts.discount lines.data.discounts lines.data.subscription"
        " lines.data.pricing.price_details.price"
    ),
    search=(
        "created:number currency customer number:string receipt_number:string status:string"
        " last_finalization_error_code=last_finalization_error.code"
        " last_finalization_error_type=last_finalization_error.type"
        " subscription=parent.subscription_details.subscription:string total:number"
    ),
)

LINE_ITEM = Shape(
    name="line_item",
    prefix="il_",
    also_listed="/v1/invoices/{invoice}/lines",
    needed="amount currency period",
    nulls=("description invoice parent pricing quantity quantity_decimal subscription"),
    defaults={
        "discount_amounts": [],
        "discountable": True,
        "discounts": [],
        "pretax_credit_amounts": [],
        "subtotal": 0,
        "taxes": [],
    },
    filters="invoice",
    expands="discounts subscription pricing.price_details.price",
    has_created=False,
)

INVOICE_PAYMENT = Shape(
    name="invoice_payment",
    prefix="inpay_",
    path="/v1/invoice_payments",
    path_name="invoice_payment",
    needed="amount_requested currency invoice payment status",
    nulls="amount_paid",
    defaults={
        "is_default": True,
        "status_transitions": {"canceled_at": None, "paid_at": None},
    },
    filters=(
        "created:range invoice status payment[type]:payment.type"
        " payment[payment_intent]:payment.payment_intent"
        " payment[payment_record]:payment.payment_record"
    ),
    choices={
        "payment[type]": "payment_intent payment_record",
        "status": "canceled open paid",
    },
    required_filters="payment[type]",
    expands="invoice payment.charge payment.payment_intent",
    has_metadata=False,
)

INVOICEITEM = Shape(
    name="invoiceitem",
    prefix="ii_",
    path="/v1/invoiceitems",
    path_name="invoiceitem",
    needed="amount currency customer date period",
    nulls=("customer_account description invoice parent pricing test_clock"),
    defaults={
        "discountable": True,
        "discounts": [],
        "proration": False,
        "quantity": 1,
        "quantity_decimal": "1",
        "tax_rates": [],
    },
    optional="deleted frozen_fields invoicing_rules net_amount proration_details",
    filters="created:range customer customer_account invoice pending:invoice:missing",
    expands="customer discounts invoice test_clock pricing.price_details.price",
    has_created=False,
)

CREDIT_NOTE = Shape(
    name="credit_note",
    prefix="cn_",
    path="/v1/credit_notes",
    needed="amount currency customer invoice number",
    nulls=(
        "customer_account customer_balance_transaction effective_at memo out_of_band_amount reason"
        " shipping_cost voided_at"
    ),
    defaults={
        "amount_shipping": 0,
        "discount_amount": 0,
        "discount_amounts": [],
        "lines": ListOf("/v1/credit_notes/{id}/lines"),
        "pdf": "",
        "post_payment_amount": 0,
        "pre_payment_amount": 0,
        "pretax_credit_amounts": [],
        "refunds": [],
        "status": "issued",
        "subtotal": 0,
        "subtotal_excluding_tax": 0,
        "total": 0,
        "total_excluding_tax": 0,
        "total_taxes": [],
        "type": "post_payment",
    },
    holds={"lines": "credit_note_line_item"},
    filters="created:range customer customer_account invoice",
    expands="customer customer_balance_transaction invoice refunds.refund",
)

CREDIT_NOTE_LINE_ITEM = Shape(
    name="credit_note_line_item",
    prefix="cnli_",
    also_listed="/v1/credit_notes/{credit_note}/lines",
    hidden="credit_note",
    filters="credit_note",
    needed="amount type",
    nulls="description quantity unit_amount unit_amount_decimal",
    defaults={
        "discount_amount": 0,
        "discount_amounts": [],
        "pretax_credit_amounts": [],
        "tax_rates": [],
        "taxes": [],
    },
    optional="invoice_line_item",
    has_created=False,
)

PERIOD = Shape(name="period", needed="end start", is_object=False)

INVOICE_PARENT = Shape(
    name="invoice_parent",
    nulls="quote_details subscription_details",
    defaults={"type": "subscription_details"},
    is_object=False,
)

SUBSCRIPTION_DETAILS = Shape(
    name="subscription_details",
    needed="subscription",
    defaults={"metadata": {}},
    optional="subscription_proration_date",
    is_object=False,
)

LINE_PARENT = Shape(
    name="line_parent",
    nulls="invoice_item_details subscription_item_details",
    defaults={"type": "subscription_item_details"},
    is_object=False,
)

SUBSCRIPTION_ITEM_DETAILS = Shape(
    name="subscription_item_details",
    needed="subscription_item",
    nulls="invoice_item subscription",
    defaults={"proration": False, "proration_details": {"credited_items": None}},
    is_object=False,
)

INVOICE_ITEM_DETAILS = Shape(
    name="invoice_item_details",
    needed="invoice_item",
    nulls="subscription",
    defaults={"proration": False, "proration_details": {"credited_items": None}},
    is_object=False,
)

PRICING = Shape(
    name="pricing",
    needed="price_details",
    nulls="unit_amount_decimal",
    defaults={"type": "price_details"},
    is_object=False,
)

PRICE_DETAILS = Shape(name="price_details", needed="price product", is_object=False)

DISCOUNT_AMOUNT = Shape(name="discount_amount", needed="amount discount", is_object=False)

SHAPES = (
    INVOICE,
    LINE_ITEM,
    INVOICE_PAYMENT,
    INVOICEITEM,
    CREDIT_NOTE,
    CREDIT_NOTE_LINE_ITEM,
    PERIOD,
    INVOICE_PARENT,
    SUBSCRIPTION_DETAILS,
    LINE_PARENT,
    SUBSCRIPTION_ITEM_DETAILS,
    INVOICE_ITEM_DETAILS,
    PRICING,
    PRICE_DETAILS,
    DISCOUNT_AMOUNT,
)
