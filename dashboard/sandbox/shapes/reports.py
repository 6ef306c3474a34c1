"""Shapes of files and of the reports that Stripe writes into them."""

from __future__ import annotations

from dashboard.sandbox.shapes.shape import Shape

_PURPOSES = (
    "account_requirement additional_verification business_icon business_logo customer_signature"
    " dispute_evidence document_provider_identity_document finance_report_run"
    " financial_account_statement identity_document identity_document_downloadable"
    " issuing_regulatory_reporting pci_document platform_terms_of_service selfie"
    " sigma_scheduled_query tax_document_user_upload terminal_android_apk"
    " terminal_reader_splashscreen terminal_wifi_certificate terminal_wifi_private_key"
)

FILE = Shape(
    name="file",
    prefix="file_",
    path="/v1/files",
    path_name="file",
    noun="file upload",
    needed="purpose size",
    nulls="expires_at filename title type url",
    optional="links",
    filters="created:range purpose",
    choices={"purpose": _PURPOSES},
    has_livemode=False,
    has_metadata=False,
)

REPORT_RUN = Shape(
    name="reporting.report_run",
    prefix="frr_",
    path="/v1/reporting/report_runs",
    needed="report_type",
    nulls="error result succeeded_at",
    defaults={"parameters": {}, "status": "pending"},
    filters="created:range",
    has_metadata=False,
)

REPORT_TYPE = Shape(
    name="reporting.report_type",
    needed="data_available_end data_available_start name updated version",
    nulls="default_columns",
    has_created=False,
    has_metadata=False,
)

SHAPES = (FILE, REPORT_RUN, REPORT_TYPE)
