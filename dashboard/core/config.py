"""The settings, read once from the environment; see docs/settings.md."""

from enum import StrEnum
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from dashboard.core.errors import SettingsError

INSTANCE = Path("instance")


class JobsPlace(StrEnum):
    """Which processes run jobs."""

    AUTO = "auto"
    WEB = "web"
    WORKER = "worker"
    NOWHERE = "nowhere"


class TwoFactor(StrEnum):
    """Who must have a second factor."""

    NONE = "none"
    ADMINS = "admins"
    EVERYBODY = "everybody"


class Settings(BaseSettings):
    """What an operator can decide. A name here is the environment's name in lower case."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    environment: str = "production"
    secret_key: SecretStr = SecretStr("")
    database_url: str = ""
    redis_url: str = ""
    jobs: JobsPlace = JobsPlace.AUTO
    sync_every_minutes: int = Field(default=5, ge=0)
    atom_oauth_encryption_key: SecretStr = SecretStr("")
    audit_key: SecretStr = SecretStr("")
    atom_embed_origins: str = ""
    atom_embed_keys: SecretStr = SecretStr("")
    atom_embed_role: str = "analyst"
    atom_embed_issuer: str = Field(default="atom", min_length=1)
    atom_embed_audience: str = Field(default="stripe-dashboard", min_length=1)
    atom_embed_minutes: int = Field(default=15, ge=1, le=720)

    stripe_secret_key: SecretStr = SecretStr("")
    stripe_publishable_key: str = ""
    stripe_client_id: str = ""
    stripe_client_secret: SecretStr = SecretStr("")
    stripe_redirect_uri: str = ""
    stripe_webhook_secret: SecretStr = SecretStr("")
    stripe_api_version: str = ""
    stripe_api_base: str = "https://api.stripe.com"
    stripe_connect_base: str = "https://connect.stripe.com"
    stripe_request_timeout: int = Field(default=60, ge=1, le=600)
    stripe_requests_per_second: float | None = Field(default=None, gt=0)
    stripe_endpoint_requests_per_second: float | None = Field(default=None, gt=0)
    stripe_customer_portal_url: str = ""
    stripe_debug: bool = False

    public_url: str = ""
    smtp_url: SecretStr = SecretStr("")
    mail_from: str = ""
    two_factor_required: TwoFactor = TwoFactor.NONE
    session_idle_minutes: int = Field(default=30, ge=1)
    session_hours: int = Field(default=12, ge=1)
    proxy_hops: int = Field(default=0, ge=0)
    stale_after_minutes: int = Field(default=30, ge=1)
    checked_within_hours: int = Field(default=24, ge=1)
    webhook_success_percent: float = Field(default=99, ge=0, le=100)
    webhook_processing_milliseconds: int = Field(default=2_000, ge=1)
    webhook_bodies_days: int = Field(default=365, ge=1)

    @field_validator("database_url")
    @classmethod
    def _with_driver(cls, url: str) -> str:
        """Name the driver: hosts hand out ``postgres://`` and ``postgresql://``."""
        for scheme in ("postgres://", "postgresql://"):
            if url.startswith(scheme):
                return "postgresql+psycopg://" + url.removeprefix(scheme)
        return url or f"sqlite:///{(INSTANCE / 'dashboard.sqlite').absolute()}"

    @field_validator("stripe_api_base", "stripe_connect_base", "public_url")
    @classmethod
    def _without_slash(cls, url: str) -> str:
        return url.rstrip("/")

    @property
    def jobs_run_in(self) -> JobsPlace:
        """Which processes run jobs: those of the pages, unless there is Redis for others."""
        if self.jobs is not JobsPlace.AUTO:
            return self.jobs
        if self.environment == "test":
            return JobsPlace.NOWHERE
        return JobsPlace.WORKER if self.redis_url else JobsPlace.WEB

    @property
    def platform_key(self) -> str:
        """The key of our own Connect platform; Stripe calls it the client's secret, too."""
        own = self.stripe_client_secret.get_secret_value()
        return own or self.stripe_secret_key.get_secret_value()

    @property
    def is_local(self) -> bool:
        """Whether pages are served without TLS on the operator's own machine."""
        return self.environment in ("development", "test")


def read() -> Settings:
    """Return the settings of the environment and of ``.env``.

    Raises:
        SettingsError: one of them cannot be understood; the error names it, never its value.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = str(first["loc"][0]).upper()
        raise SettingsError(
            f"{first['msg']}.", field=name, remedy="See docs/settings.md."
        ) from None
