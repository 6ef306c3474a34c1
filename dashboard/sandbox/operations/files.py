"""Files: uploaded as evidence and for other purposes."""

from __future__ import annotations

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import invalid_request
from dashboard.sandbox.operations.operation import operation
from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import Json, list_object

_PURPOSES = {
    "account_requirement",
    "additional_verification",
    "business_icon",
    "business_logo",
    "customer_signature",
    "dispute_evidence",
    "identity_document",
    "issuing_regulatory_reporting",
    "pci_document",
    "platform_terms_of_service",
    "tax_document_user_upload",
    "terminal_android_apk",
    "terminal_reader_splashscreen",
    "terminal_wifi_certificate",
    "terminal_wifi_private_key",
}


@operation(
    "POST",
    "/v1/files",
    "file",
    "file!:map file_link_data(create!:flag expires_at:integer metadata) purpose!",
)
def create_file(engine: Engine, params: Params) -> Json:
    """Keep what is known about an uploaded file; its contents are thrown away."""
    purpose = params.needed_text("purpose")
    if purpose not in _PURPOSES:
        raise invalid_request(
            f"Invalid purpose: must be one of {', '.join(sorted(_PURPOSES))}", param="purpose"
        )
    upload = params.mapping("file") or {}
    name = str(upload.get("name", ""))
    file = engine.make(
        "file",
        filename=name,
        links=list_object("/v1/file_links"),
        purpose=purpose,
        size=int(upload.get("size", 0)),
        type=name.rpartition(".")[2] or None,
    )
    file["links"]["url"] = f"/v1/file_links?file={file['id']}"
    file["url"] = f"https://files.stripe.com/v1/files/{file['id']}/contents"
    engine.put(file)
    engine.emit("file.created", file)
    return file
