"""Agencies, accounts, appointments and API keys: shown from the tables, written by ``people.actions``."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from guangsha.audit.actor import Actor
from guangsha.kernel.errors import GuangshaError
from guangsha.people import actions
from guangsha.people.access import NotThere
from guangsha.people.actors import actor_of
from guangsha.people.models import Account, Agency, ApiToken, Appointment
from guangsha.web.admin.site import site


def _actor(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    assert actor is not None  # the site has seen to it
    return actor


class ActedAdmin(ModelAdmin):  # type: ignore[misc]
    """A table that is written by acts. ``roles`` see it, ``writers`` change it; a fault of an act is a message."""

    roles: ClassVar[frozenset[str]] = frozenset({"system_admin"})
    writers: ClassVar[frozenset[str]] = frozenset({"system_admin"})
    actions: Any = None
    list_per_page = 50
    show_full_result_count = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        actor = actor_of(request)
        return actor is not None and actor.has(*self.roles)

    def has_add_permission(self, request: HttpRequest) -> bool:
        actor = actor_of(request)
        return actor is not None and actor.has(*self.writers)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_add_permission(request) and obj is not None

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            answer: HttpResponseBase = super().changeform_view(request, *args, **kwargs)
        except GuangshaError as error:
            messages.error(request, str(error))
            return redirect(request.get_full_path())
        return answer

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponseBase:
        """Nothing is deleted here, so there is no such page."""
        raise NotThere

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponseBase:
        """Django's own log stays empty: a page of it would say that nothing was ever done."""
        raise NotThere

    # acts are recorded in the chain of acts, not in Django's own log
    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """Nothing."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """Nothing."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Nothing: the act has saved everything."""


def _adopt(obj: Model, made: Model) -> None:
    """The object that Django goes on with is the one that the act has made."""
    obj.__dict__.update(made.__dict__)


class AgencyAdmin(ActedAdmin):
    """Agencies: opened here, never changed by hand afterwards (the tree decides what everybody sees)."""

    list_display = ("name", "kind", "region_code", "parent", "active")
    list_filter = ("kind", "active")
    search_fields = ("name", "region_code")
    fields = ("parent", "kind", "name", "region_code")
    roles = frozenset({"system_admin", "security_admin"})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Agency]:
        found: QuerySet[Agency] = super().get_queryset(request)
        return found.filter(pk__in=_actor(request).scope).select_related("parent").order_by("path")

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Agency, form: Any, change: bool) -> None:
        made = actions.open_agency(
            _actor(request),
            name=obj.name,
            kind=obj.kind,
            region_code=obj.region_code,
            parent_id=obj.parent_id,
        )
        _adopt(obj, made)


class AccountForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new account with its first password, or an account that is closed or opened with a reason."""

    password = forms.CharField(
        label="初始密码",
        required=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text="至少 10 位；首次登录须更改。只用统一认证或证书登录的可不填。",
    )
    reason = forms.CharField(
        label="理由", widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}), max_length=200
    )

    class Meta:
        model = Account
        fields: ClassVar = ["username", "name", "kind", "single_sign_on", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # a field that the page does not show must not be asked for
        self.fields.pop("reason" if self.instance.pk is None else "password", None)


class AccountAdmin(ActedAdmin):
    """Accounts of staff and enterprises; citizens open theirs themselves and are not shown."""

    form = AccountForm
    list_display = ("username", "name", "kind", "is_active", "password_changed_at")
    list_filter = ("kind", "is_active")
    search_fields = ("username", "name")
    roles = frozenset({"system_admin", "security_admin"})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        found: QuerySet[Account] = super().get_queryset(request)
        return found.exclude(kind="citizen").order_by("username")

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        if obj is None:
            return ("username", "name", "kind", "single_sign_on", "password")
        changing = ("is_active", "reason") if self.has_change_permission(request, obj) else ("is_active",)
        return ("username", "name", "kind", "single_sign_on", *changing)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return () if obj is None else ("username", "name", "kind", "single_sign_on")

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "kind":
            kwargs["choices"] = [pair for pair in Account.KINDS if pair[0] != "citizen"]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Account, form: Any, change: bool) -> None:
        given = form.cleaned_data
        if change:
            actions.close_account(_actor(request), obj.pk, reason=given["reason"], active=obj.is_active)
            return
        made = actions.open_account(
            _actor(request),
            username=obj.username,
            name=obj.name,
            kind=obj.kind,
            password=given["password"],
            single_sign_on=obj.single_sign_on,
        )
        _adopt(obj, made)


class AppointmentForm(forms.ModelForm):  # type: ignore[type-arg]
    """A role for somebody, or its end."""

    reason = forms.CharField(
        label="理由", widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}), max_length=200
    )

    class Meta:
        model = Appointment
        fields: ClassVar = ["account", "agency", "role", "started_on", "ended_on"]


class AppointmentAdmin(ActedAdmin):
    """Who holds which role where: the security administrator's table; the system administrator reads."""

    form = AppointmentForm
    list_display = ("account", "agency", "role", "started_on", "ended_on")
    list_filter = ("role",)
    search_fields = ("account__username", "account__name", "agency__name")
    autocomplete_fields = ("account", "agency")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A box that one searches says so while it is empty: it has no other name that a screen reader finds."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None and db_field.name in self.autocomplete_fields:
            field.widget.attrs["data-placeholder"] = "请选择"
        return field

    roles = frozenset({"system_admin", "security_admin"})
    writers = frozenset({"security_admin"})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Appointment]:
        found: QuerySet[Appointment] = super().get_queryset(request)
        return (
            found.filter(agency__in=_actor(request).scope).select_related("account", "agency").order_by("-id")
        )

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        if obj is None:
            return ("account", "agency", "role", "started_on", "reason")
        shown = ("account", "agency", "role", "started_on", "ended_on")
        return (*shown, "reason") if self.has_change_permission(request, obj) else shown

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return () if obj is None else ("account", "agency", "role", "started_on")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"started_on": timezone.localdate(), **super().get_changeform_initial_data(request)}

    def save_model(self, request: HttpRequest, obj: Appointment, form: Any, change: bool) -> None:
        reason = form.cleaned_data["reason"]
        if change:
            actions.end_appointment(_actor(request), obj.pk, reason=reason, ended_on=obj.ended_on)
            return
        made = actions.appoint(
            _actor(request),
            account_id=obj.account_id,
            agency_id=obj.agency_id,
            role=obj.role,
            started_on=obj.started_on,
            reason=reason,
        )
        _adopt(obj, made)


class TokenForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new key: what for, whose, what it may do."""

    wanted = forms.CharField(
        label="权限范围",
        widget=UnfoldAdminTextInputWidget(),
        help_text="用空格分开，例如 cases:read notices:read",
        max_length=300,
    )

    class Meta:
        model = ApiToken
        fields: ClassVar = ["name", "agency", "expires_at"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "expires_at" in self.fields:  # left empty: a year
            self.fields["expires_at"].required = False


class TokenAdmin(ActedAdmin):
    """Keys of machines: the plain key appears once, in the message after it was made."""

    form = TokenForm
    list_display = ("name", "agency", "scopes", "created_at", "expires_at", "revoked_at", "last_used_at")
    search_fields = ("name",)
    fields = ("name", "agency", "wanted", "expires_at")
    actions: Any = ("renew", "revoke")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiToken]:
        found: QuerySet[ApiToken] = super().get_queryset(request)
        return found.filter(agency__in=_actor(request).scope).select_related("agency").order_by("-id")

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return self.fields if obj is None else ("name", "agency", "scopes", "expires_at", "revoked_at")

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:
        plain = actions.issue_token(
            _actor(request),
            name=obj.name,
            agency_id=obj.agency_id,
            scopes=form.cleaned_data["wanted"].split(),
            expires_at=obj.expires_at,
        )
        made = ApiToken.objects.filter(name=obj.name, agency_id=obj.agency_id).latest("id")
        _adopt(obj, made)
        messages.warning(request, f"密钥只显示这一次，请立即交给使用方：{plain}")

    def renew(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        """A new key in the place of the chosen one."""
        if queryset.count() != 1:
            messages.error(request, "一次只更换一把密钥，请只勾选一行。")
            return
        try:
            plain = actions.renew_token(_actor(request), queryset.get().pk)
        except GuangshaError as error:
            messages.error(request, str(error))
            return
        messages.warning(
            request,
            f"新密钥只显示这一次，请立即交给使用方：{plain} 原密钥办理的草稿和办件由新密钥继续。使用方换好后请撤回原密钥。",
        )

    renew.short_description = "更换所选密钥"  # type: ignore[attr-defined]

    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        """Take the chosen keys back."""
        for token in queryset.filter(revoked_at=None):
            actions.revoke_token(_actor(request), token.pk, reason="在系统配置中撤回")
        messages.success(request, "所选密钥已撤回，立即失效。")

    revoke.short_description = "撤回所选密钥"  # type: ignore[attr-defined]


site.register(Agency, AgencyAdmin)
site.register(Account, AccountAdmin)
site.register(Appointment, AppointmentAdmin)
site.register(ApiToken, TokenAdmin)
