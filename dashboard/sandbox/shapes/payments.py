"""Shapes of taking money: payment intents, charges, refunds, disputes and setup intents."""

from __future__ import annotations

from dashboard.sandbox.shapes.people import BILLING_DETAILS
from dashboard.sandbox.shapes.shape import Shape

CHARGE = Shape(
    name="charge",
    prefix="ch_",
    other_prefixes="py_",
    path="/v1/charges",
    needed="amount currency status",
    nulls=(
        "application application_fee application_fee_amount balance_transaction"
        " calculated_statement_descriptor customer description failure_balance_transaction"
        " failure_code failure_message on_behalf_of outcome payment_intent payment_method"
        " payment_method_details receipt_email receipt_number receipt_url review shipping source"
        " source_transfer statement_descriptor statement_descriptor_suffix transfer_data"
        " transfer_group"
    ),
    defaults={
        "amount_captured": 0,
        "amount_refunded": 0,
        "billing_details": BILLING_DETAILS,
        "captured": True,
        "disputed": False,
        "fraud_details": {},
        "paid": True,
        "refunded": False,
    },
    optional="authorization_code level3 presentment_details radar_options transfer",
    children={"refunds": "refund.charge"},
    filters="created:range customer payment_intent transfer_group",
    expands=(
        "application balance_transaction customer failure_balance_transaction on_behalf_of"
        " payment_intent review source_transfer transfer payment_method_details.card.mandate"
    ),
    search=(
        "amount:number created:number currency customer disputed refunded:refunded status"
        " billing_details.address.postal_code"
        " payment_method_details.{source}.brand payment_method_details.{source}.exp_month"
        " payment_method_details.{source}.exp_year payment_method_details.{source}.fingerprint"
        " payment_method_details.{source}.last4"
    ),
)

PAYMENT_INTENT = Shape(
    name="payment_intent",
    prefix="pi_",
    path="/v1/payment_intents",
    path_name="intent",
    needed="amount currency status",
    nulls=(
        "allowed_payment_method_types application application_fee_amount"
        " automatic_payment_methods canceled_at cancellation_reason client_secret customer"
        " customer_account description excluded_payment_method_types last_payment_error"
        " latest_charge managed_payments next_action on_behalf_of payment_method"
        " payment_method_configuration_details payment_record processing receipt_email review"
        " setup_future_usage shipping source statement_descriptor statement_descriptor_suffix"
        " transfer_data transfer_group"
    ),
    defaults={
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "capture_method": "automatic_async",
        "confirmation_method": "automatic",
        "payment_method_options": {},
        "payment_method_types": ["card"],
    },
    optional="hooks payment_details presentment_details",
    filters="created:range customer customer_account",
    expands=(
        "application customer latest_charge on_behalf_of payment_method review"
        " last_payment_error.payment_method"
    ),
    search="amount:number created:number currency customer status",
)

SETUP_INTENT = Shape(
    name="setup_intent",
    prefix="seti_",
    path="/v1/setup_intents",
    path_name="intent",
    noun="setupintent",
    needed="status",
    nulls=(
        "allowed_payment_method_types application automatic_payment_methods cancellation_reason"
        " client_secret customer customer_account description excluded_payment_method_types"
        " flow_directions last_setup_error latest_attempt mandate next_action on_behalf_of"
        " payment_method payment_method_configuration_details single_use_mandate"
    ),
    defaults={
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "usage": "off_session",
    },
    optional="attach_to_self managed_payments",
    filters="created:range customer customer_account payment_method attach_to_self:flag",
    expands="application customer latest_attempt mandate payment_method single_use_mandate",
)

REFUND = Shape(
    name="refund",
    prefix="re_",
    other_prefixes="pyr_",
    path="/v1/refunds",
    path_name="refund",
    also_listed="/v1/charges/{charge}/refunds",
    needed="amount currency status",
    nulls=(
        "balance_transaction charge customer customer_account payment_intent payment_method reason"
        " receipt_number source_transfer_reversal transfer_reversal"
    ),
    optional=(
        "description destination_details failure_balance_transaction failure_reason"
        " instructions_email next_action pending_reason presentment_details"
    ),
    filters="created:range charge payment_intent",
    expands=(
        "balance_transaction charge customer failure_balance_transaction payment_intent"
        " payment_method source_transfer_reversal transfer_reversal"
    ),
    has_livemode=False,
)

DISPUTE_EVIDENCE = Shape(
    name="dispute_evidence",
    nulls=(
        "access_activity_log billing_address cancellation_policy cancellation_policy_disclosure"
        " cancellation_rebuttal customer_communication customer_email_address customer_name"
        " customer_purchase_ip customer_signature duplicate_charge_documentation"
        " duplicate_charge_explanation duplicate_charge_id product_description receipt"
        " refund_policy refund_policy_disclosure refund_refusal_explanation service_date"
        " service_documentation shipping_address shipping_carrier shipping_date"
        " shipping_documentation shipping_tracking_number uncategorized_file uncategorized_text"
    ),
    defaults={"enhanced_evidence": {}},
    is_object=False,
)

DISPUTE = Shape(
    name="dispute",
    prefix="du_",
    path="/v1/disputes",
    path_name="dispute",
    needed="amount charge currency reason status",
    nulls="intended_submission_method network_reason_code payment_intent",
    defaults={
        "balance_transactions": [],
        "enhanced_eligibility_types": [],
        "evidence": DISPUTE_EVIDENCE,
        "evidence_details": {
            "due_by": None,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": False,
    },
    optional="payment_method_details",
    filters="created:range charge payment_intent",
    expands="charge payment_intent",
)

OUTCOME = Shape(
    name="outcome",
    nulls=(
        "advice_code network_advice_code network_decline_code network_status reason seller_message"
    ),
    defaults={"type": "authorized"},
    optional="risk_level risk_score rule",
    is_object=False,
)

PAYMENT_ERROR = Shape(
    name="payment_error",
    defaults={"type": "card_error"},
    optional=(
        "advice_code charge code decline_code doc_url message network_advice_code"
        " network_decline_code param payment_method payment_method_type request_log_url"
    ),
    is_object=False,
)

DISPUTE_CARD = Shape(
    name="dispute_card",
    needed="brand",
    nulls="network_reason_code",
    defaults={"case_type": "chargeback", "network": "visa"},
    is_object=False,
)

SHAPES = (
    CHARGE,
    PAYMENT_INTENT,
    SETUP_INTENT,
    REFUND,
    DISPUTE_EVIDENCE,
    DISPUTE,
    OUTCOME,
    PAYMENT_ERROR,
    DISPUTE_CARD,
)
