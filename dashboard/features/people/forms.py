"""The forms with which people change their own password, and admins what others may do."""

from collections.abc import Sequence

from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, PasswordField, SelectField, SubmitField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import EqualTo, InputRequired, Length

from dashboard.features.people.queries import Account
from dashboard.store.links import Access
from dashboard.store.passwords import LONGEST, SHORTEST
from dashboard.store.roles import Role
from dashboard.store.users import LONGEST_EMAIL

MEANINGS = {
    Role.VIEWER: "looks at everything",
    Role.ANALYST: "looks and exports",
    Role.SUPPORT: "looks, and changes what moves no money",
    Role.FINANCE: "exports, changes and moves money",
    Role.APPROVER: "as finance, and approves what others move",
    Role.AUDITOR: "looks, exports and reads who did what",
    Role.ADMIN: "everything, with people and connections",
}
ROLES = [
    SelectChoice(role.value, f"{role.capitalize()}: {meaning}")
    for role, meaning in MEANINGS.items()
]
NO_ROLE = SelectChoice("", "No role of its own")


class PasswordForm(FlaskForm):  # type: ignore[misc]
    """A new password, given twice, by somebody who knows the present one."""

    current = PasswordField(
        "Present password",
        [InputRequired("Write your present password."), Length(max=LONGEST)],
        render_kw={"autocomplete": "current-password"},
    )
    password = PasswordField(
        "New password",
        [InputRequired("Write a new password."), Length(max=LONGEST)],
        description=f"At least {SHORTEST} characters. All your other sessions end.",
        render_kw={"autocomplete": "new-password"},
    )
    again = PasswordField(
        "New password again",
        [InputRequired("Write it once more."), EqualTo("password", "This is not the same.")],
        render_kw={"autocomplete": "new-password"},
    )
    submit = SubmitField("Change password")


class AccessForm(FlaskForm):  # type: ignore[misc]
    """What somebody may do, and where; made with a field for each account by ``for_accounts``."""

    accounts: Sequence[Account] = ()

    role = SelectField(
        "Role", [InputRequired("Choose a role.")], choices=ROLES, default=Role.VIEWER.value
    )
    every_account = BooleanField(
        "At every account, also those connected later",
        default=True,
        description="Without it only the accounts below are seen that have a role of their own.",
    )
    submit = SubmitField("Change access")

    @property
    def account_fields(self) -> list[SelectField]:
        """The fields with the roles at single accounts."""
        return [self[_name(account)] for account in self.accounts]

    def access(self) -> Access:
        """Return what was chosen."""
        chosen = zip(self.accounts, self.account_fields, strict=True)
        grants = {account.id: Role(field.data) for account, field in chosen if field.data}
        return Access(Role(self.role.data), bool(self.every_account.data), grants)


class InvitationForm(AccessForm):
    """Whom to invite."""

    email = EmailField(
        "Email",
        [InputRequired("Write an email address."), Length(max=LONGEST_EMAIL)],
        render_kw={"autocomplete": "off", "autofocus": True},
    )
    submit = SubmitField("Invite")


def for_accounts(form: type[AccessForm], accounts: Sequence[Account]) -> type[AccessForm]:
    """Return the form with a field for the role at each account."""
    fields = {
        _name(account): SelectField(
            f"{account.name} ({account.id})" if account.name else account.id,
            choices=[NO_ROLE, *ROLES],
            default=NO_ROLE.value,
        )
        for account in accounts
    }
    return type(form.__name__, (form,), {"accounts": accounts, **fields})


def filled(form: type[AccessForm], accounts: Sequence[Account], access: Access) -> AccessForm:
    """Return the form with what somebody may do already."""
    roles = {_name(account): access.grants.get(account.id, "") for account in accounts}
    told = {"role": access.role.value, "every_account": access.every_account, **roles}
    return for_accounts(form, accounts)(data=told)


def _name(account: Account) -> str:
    """Return the field's name; not by its place, which another connected account may move."""
    return f"role_{account.id}"
