"""``flask make-embed-key``: a new pair of keys for the portal and for ATOM_EMBED_KEYS."""

import base64

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from dashboard.core.clock import now
from dashboard.core.errors import BadInputError
from dashboard.store.portal import KEY_ID


@click.command("make-embed-key")
@click.option("--id", help="The name of the key, by default of this day: atom-2026-11-21.")
def command(id: str | None) -> None:
    """Print a private key for the portal, and what goes into ATOM_EMBED_KEYS."""
    name = id or f"atom-{now():%Y-%m-%d}"
    if not KEY_ID.fullmatch(name):
        raise BadInputError(
            "is no name of a key.",
            field="--id",
            remedy="Use up to 64 letters, digits, dots, dashes and underscores.",
        )
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    secret = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    click.echo("The portal signs with this (EdDSA); nobody else may see it:", err=True)
    click.echo(secret.decode(), nl=False)
    click.echo("\nWe know its signature by this, beside or instead of the keys before:", err=True)
    click.echo(f"ATOM_EMBED_KEYS={name}={base64.b64encode(public).decode()}")
