"""Shapes of money between accounts: transfers, the fees of platforms, and their returns."""

from __future__ import annotations

from dashboard.sandbox.shapes.shape import ListOf, Shape

TRANSFER = Shape(
    name="transfer",
    prefix="tr_",
    path="/v1/transfers",
    path_name="transfer",
    needed="amount currency",
    nulls="balance_transaction description destination source_transaction transfer_group",
    defaults={
        "amount_reversed": 0,
        "reversals": ListOf("/v1/transfers/{id}/reversals"),
        "reversed": False,
    },
    optional="destination_payment source_type",
    filters="created:range destination transfer_group",
    expands="balance_transaction destination destination_payment source_transaction",
)

TRANSFER_REVERSAL = Shape(
    name="transfer_reversal",
    prefix="trr_",
    also_listed="/v1/transfers/{transfer}/reversals",
    needed="amount currency transfer",
    nulls="balance_transaction destination_payment_refund source_refund",
    filters="transfer",
    expands="balance_transaction destination_payment_refund source_refund transfer",
    has_livemode=False,
)

APPLICATION_FEE = Shape(
    name="application_fee",
    prefix="fee_",
    path="/v1/application_fees",
    noun="application fee",
    needed="account amount application charge currency",
    nulls="balance_transaction fee_source originating_transaction",
    defaults={
        "amount_refunded": 0,
        "refunded": False,
        "refunds": ListOf("/v1/application_fees/{id}/refunds"),
    },
    filters="created:range charge",
    expands="account application balance_transaction charge originating_transaction",
    has_metadata=False,
)

FEE_REFUND = Shape(
    name="fee_refund",
    prefix="fr_",
    also_listed="/v1/application_fees/{application_fee}/refunds",
    needed="amount currency fee",
    nulls="balance_transaction",
    filters="application_fee:fee",
    expands="balance_transaction fee",
    has_livemode=False,
)

SHAPES = (TRANSFER, TRANSFER_REVERSAL, APPLICATION_FEE, FEE_REFUND)
