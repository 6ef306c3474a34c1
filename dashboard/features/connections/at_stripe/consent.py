"""To Stripe's page of consent and back: an account is connected, or it is said why not."""

from sqlalchemy import Engine

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.core.config import Settings
from dashboard.core.errors import DashboardError, SettingsError
from dashboard.core.log import redact
from dashboard.features.connections.actions import (
    AGAIN,
    NOTHING_KEPT,
    TRIES,
    UNKNOWN,
    AuthInitError,
    Begun,
    CallbackError,
    Connected,
    NotSetUpError,
    OAuthRefusedError,
    Returned,
    UserInfoError,
    Visitor,
    admit,
    connected,
    is_live,
    note_refusal,
    vault_of,
)
from dashboard.features.connections.at_stripe.tokens import terms_of, unanswered
from dashboard.gateway.errors import ConsentError, GatewayError
from dashboard.gateway.oauth import Platform, Token
from dashboard.gateway.reads import Told, connect
from dashboard.jobs.office import Office
from dashboard.mirror.apply import apply
from dashboard.mirror.registry import KINDS
from dashboard.store import books, connections, oauth_states
from dashboard.store.audit import Actor
from dashboard.store.books import Book
from dashboard.store.connections import How, Scope
from dashboard.store.oauth_states import Errand, Errant, StateError

LONGEST_TOLD = 200


def begin(engine: Engine, settings: Settings, errand: Errand, who: Errant, back: str) -> Begun:
    """Remember the errand and return the way to Stripe's page, which leads ``back``.

    Raises:
        AuthInitError: a setting is missing, or its key is of the other mode.
    """
    _check_settings(settings)
    if errand.livemode != is_live(settings):
        asked, own = ("live", "test") if errand.livemode else ("test", "live")
        raise AuthInitError(
            f"The platform's key is a {own} key: it connects no account in {asked} mode.",
            field="mode",
            remedy=f"Set STRIPE_CLIENT_SECRET to the {asked} key of your platform.",
        )
    with database.writing(engine) as db:
        state = oauth_states.begin(db, errand, who)
    url = Platform(settings).authorize_url(state=state, scope=errand.scope, redirect_uri=back)
    return Begun(url, state, clock.seconds() + oauth_states.LIFE_SECONDS)


def finish(
    engine: Engine, settings: Settings, office: Office, returned: Returned, who: Visitor
) -> Connected:
    """Connect the account that somebody consented to; the first sync begins at once.

    The state is spent before the code is: whatever happens then, nothing counts twice. What is
    refused is noted, and no token of it kept.

    Raises:
        CallbackError: it was not begun here just now, or leads to another account or mode.
        OAuthRefusedError: Stripe refuses the code, or somebody refused at its page.
        UserInfoError: Stripe does not show the account.
    """
    subject, book = UNKNOWN, None
    try:
        errand = _spend(engine, returned, who.errant)
        subject, book = errand.account_id or UNKNOWN, _book_of(engine, errand)
        token = _exchange(settings, returned)
        subject = token.account_id
        _compare(errand, token)
        admit(engine, token.account_id, livemode=token.livemode, again=errand.account_id)
        account = _account(settings, token)
        return _keep_token(engine, settings, office, (errand, token, account), who.actor)
    except DashboardError as error:
        note_refusal(engine, who.actor, subject, error, book)
        raise


def _check_settings(settings: Settings) -> None:
    if not settings.stripe_client_id:
        raise NotSetUpError(
            "is missing: Stripe does not know who asks.",
            field="STRIPE_CLIENT_ID",
            remedy="Stripe shows it under Settings, Connect, OAuth; see docs/connect.md.",
        )
    if not settings.platform_key:
        raise NotSetUpError(
            "is missing.",
            field="STRIPE_CLIENT_SECRET",
            remedy="Set it to the secret key of your platform; see docs/connect.md.",
        )
    try:
        vault_of(settings)
    except SettingsError as error:
        raise NotSetUpError(error.message, field=error.field, remedy=error.remedy) from error


def _spend(engine: Engine, returned: Returned, who: Errant) -> Errand:
    """Spend the state and note the code, and commit that, whether they are good or not."""
    refused: StateError | None = None
    is_new = True
    with database.writing(engine) as db:
        try:
            errand = oauth_states.spend(db, returned.state, who)
            is_new = not returned.code or oauth_states.use_code(db, returned.state, returned.code)
        except StateError as error:
            refused = error
    if refused:
        raise CallbackError(refused.message, field="state", remedy=refused.remedy)
    if not is_new:
        raise CallbackError(f"This code was used before. {NOTHING_KEPT}", "code", AGAIN)
    return errand


def _exchange(settings: Settings, returned: Returned) -> Token:
    if returned.error:
        raise _declined(returned)
    if not returned.code:
        raise CallbackError("Stripe sent no code along.", field="code", remedy=AGAIN)
    try:
        return Platform(settings).exchange(returned.code)
    except ConsentError as error:
        raise OAuthRefusedError(
            f"Stripe does not take the code: {error.message}", remedy=AGAIN
        ) from error
    except GatewayError as error:
        raise unanswered(error) from error


def _declined(returned: Returned) -> OAuthRefusedError:
    if returned.error == "access_denied":
        return OAuthRefusedError(
            f"The account was not connected: somebody declined at Stripe. {NOTHING_KEPT}",
            remedy="Begin again if that was not meant.",
        )
    told = redact(returned.description or returned.error)[:LONGEST_TOLD]
    return OAuthRefusedError(f"Stripe says: {told}", remedy=AGAIN)


def _compare(errand: Errand, token: Token) -> None:
    if token.livemode != errand.livemode:
        got, asked = ("live", "test") if token.livemode else ("test", "live")
        raise CallbackError(
            f"Stripe gave a {got} token where one of {asked} mode was asked for. {NOTHING_KEPT}",
            field="mode",
            remedy="Check that STRIPE_CLIENT_ID and STRIPE_CLIENT_SECRET are of one mode.",
        )
    if token.scope not in list(Scope):
        raise CallbackError(
            f"Stripe gave a token for something that nobody asked for. {NOTHING_KEPT}",
            field="scope",
            remedy=AGAIN,
        )


def _book_of(engine: Engine, errand: Errand) -> Book | None:
    if errand.account_id is None:
        return None
    with database.reading(engine) as db:
        return books.find(db, errand.account_id, livemode=errand.livemode)


def _account(settings: Settings, token: Token) -> Told:
    """Return the account as the token shows it."""
    reads = connect(settings, token.access_token, livemode=token.livemode, tries=TRIES)
    try:
        account = reads.retrieve("/v1/account")
    except GatewayError as error:
        raise UserInfoError(
            f"Stripe does not show the account {token.account_id}: {error.message}", remedy=AGAIN
        ) from error
    if account.body.get("id") != token.account_id:
        raise UserInfoError(f"Stripe shows another account than {token.account_id}.", remedy=AGAIN)
    return account


def _keep_token(
    engine: Engine,
    settings: Settings,
    office: Office,
    found: tuple[Errand, Token, Told],
    actor: Actor,
) -> Connected:
    errand, token, account = found
    vault = vault_of(settings)
    with database.writing(engine) as db:
        book = books.open_book(db, token.account_id, livemode=token.livemode)
        before = connections.find(db, book)
        connections.keep(
            db,
            book,
            How.OAUTH,
            fingerprint=connections.fingerprint(settings, How.OAUTH, token.account_id),
            sealed_secret=vault.seal(token.access_token),
            terms=terms_of(vault, token, errand.scope, actor.name),
        )
        apply(db, book, KINDS["account"], [account.body], seen_at=account.as_of)
        return connected(db, office, book, before, actor)
