# SPDX-License-Identifier: LGPL-3.0-or-later
"""Whatever the users, rules, companies and documents are: who finds an event may read its document,
and the other way round.
"""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.crm_accounts.tests.common_history import CrmHistoryCommon

_INTERNAL = (
    "user_salesman",
    "user_salesman_other",
    "user_salesman_all",
    "user_manager",
    "user_employee",
    "user_company_b",
)
_PARTNERS = ("account", "department", "ana", "bob", "subsidiary", "eva", "other_account")
_RULES = {
    "crm.call": (
        "[('name', '!=', 'Odd')]",
        "[('partner_id.name', '!=', 'Bob')]",
        "[('user_id', '!=', user.id)]",
        "[('company_id', '=', False)]",
    ),
    "res.partner": (
        "['|', ('partner_share', '=', False), ('name', '!=', 'Bob')]",
        "['|', ('partner_share', '=', False), ('parent_id', '=', False)]",
        "['|', ('partner_share', '=', False), ('is_company', '=', True)]",
        "['|', ('partner_share', '=', False), ('name', 'not like', 'Northwind')]",
    ),
    "calendar.event": (
        "[('name', '!=', 'Odd')]",
        "[('user_id', '=', user.id)]",
        "[('partner_ids', 'in', user.partner_id.ids)]",
    ),
}
_call = st.fixed_dictionaries(
    {
        "type": st.just("call"),
        "on": st.sampled_from(_PARTNERS),
        "by": st.sampled_from([*_INTERNAL, None]),
        "company": st.sampled_from(["company", "company_b"]),
        "name": st.sampled_from(["Odd", "Even"]),
        "days": st.integers(-20, 5),
    }
)
_meeting = st.fixed_dictionaries(
    {
        "type": st.just("meeting"),
        "on": st.lists(st.sampled_from(_PARTNERS), min_size=1, max_size=3, unique=True),
        "by": st.sampled_from(_INTERNAL),
        "guest": st.sampled_from([*_INTERNAL, "user_portal", None]),
        "privacy": st.sampled_from(["public", "private", "confidential", False]),
        "name": st.sampled_from(["Odd", "Even"]),
        "days": st.integers(-20, 5),
    }
)
# About a partner, or about one of the calls and meetings of the example.
_about = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["message", "activity"]),
        "on": st.one_of(st.sampled_from(_PARTNERS), st.integers(0, 7)),
        "days": st.integers(-20, 5),
    }
)
_examples = {
    "documents": st.lists(st.one_of(_call, _meeting), min_size=1, max_size=6),
    "about": st.lists(_about, max_size=5),
    "rules": st.lists(
        st.sampled_from([(model, domain) for model, some in _RULES.items() for domain in some]),
        max_size=2,
        unique=True,
    ),
    "without_settings": st.sets(st.sampled_from(_INTERNAL), max_size=2),
    "default_privacy": st.sampled_from(["public", "private"]),
    "private_calendars": st.sets(st.sampled_from(_INTERNAL), max_size=2),
    "foreign": st.sets(st.sampled_from(_PARTNERS), max_size=1),
    "limit": st.integers(1, 6),
}


class _Undo(Exception):
    """Ends an example."""


@tagged("post_install", "-at_install")
class TestHistoryProperty(CrmHistoryCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.user_salesman_all.company_ids += cls.company_b
        cls.env.ref("base.res_partner_rule").active = True

    @settings(
        max_examples=15,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(**{name: strategy for name, strategy in _examples.items()})
    def test_events_found_are_those_whose_document_the_user_may_read(self, **example):
        try:
            with self.env.cr.savepoint():
                self._make(example)
                self._compare(example["limit"])
                raise _Undo
        except _Undo:
            self.env.registry.clear_cache()
            self.env.invalidate_all()

    def _make(self, example):
        for login in sorted(example["private_calendars"]):
            user = getattr(self, login)
            user.with_user(user).calendar_default_privacy = "private"
        for login in sorted(example["without_settings"]):
            getattr(self, login).res_users_settings_ids.unlink()
        self.env["ir.config_parameter"].set_param(
            "calendar.default_privacy", example["default_privacy"]
        )
        documents = [getattr(self, f"_make_{plan['type']}")(plan) for plan in example["documents"]]
        for plan in example["about"]:
            on = plan["on"]
            target = documents[on % len(documents)] if isinstance(on, int) else getattr(self, on)
            getattr(self, f"_make_{plan['type']}")(target, self._day(plan))
        for name in sorted(example["foreign"]):
            getattr(self, name).company_id = self.company_b
        for number, (model_name, domain) in enumerate(example["rules"]):
            self.env["ir.rule"].create(
                {
                    "name": f"Rule {number}",
                    "model_id": self.env["ir.model"]._get_id(model_name),
                    "domain_force": domain,
                }
            )
        self.env.flush_all()
        self.events._crm_process_queue()

    def _day(self, plan):
        return fields.Datetime.now().replace(microsecond=0) + timedelta(days=plan["days"])

    def _make_call(self, plan):
        call = self._call(
            getattr(self, plan["on"]),
            name=plan["name"],
            company_id=getattr(self, plan["company"]).id,
            date=self._day(plan),
        )
        call.user_id = plan["by"] and getattr(self, plan["by"])
        return call

    def _make_meeting(self, plan):
        guests = [plan["guest"]] if plan["guest"] else []
        start = self._day(plan)
        return self._meeting(
            *(getattr(self, name) for name in plan["on"]),
            *(getattr(self, name).partner_id for name in guests),
            user=getattr(self, plan["by"]),
            name=plan["name"],
            privacy=plan["privacy"],
            start=start,
            stop=start + timedelta(hours=1),
        )

    def _make_message(self, target, date):
        self._post(target).date = date

    def _make_activity(self, target, date):
        self.env["mail.activity"].create(
            {
                "res_model_id": self.env["ir.model"]._get_id(target._name),
                "res_id": target.id,
                "activity_type_id": self.env.ref("mail.mail_activity_data_todo").id,
                "summary": "To do",
                "date_deadline": date.date(),
                "user_id": self.env.uid,
            }
        )

    def _compare(self, limit):
        ours = [
            (getattr(self, name), getattr(self, name).company_id)
            for name in (*_INTERNAL, "user_portal")
        ]
        both = self.company + self.company_b
        for user, companies in [*ours, (self.user_salesman_all, both)]:
            events = self.events.with_user(user).with_context(allowed_company_ids=companies.ids)
            self.env.invalidate_all()
            if user == self.user_portal:
                for read in (events.search, lambda _d, e=events: e.crm_history(self.account.id)):
                    with self.assertRaises(AccessError):
                        read([])
                continue
            readable = self._readable(events)
            self.env.invalidate_all()
            self.assertEqual(set(events.search([]).ids), set(readable.ids), user.login)
            for account in self.account + self.subsidiary + self.other_account:
                self._compare_pages(events, account, readable, limit)

    def _readable(self, events):
        """Return the events whose document, asked one by one, the user may read."""
        found = events.browse()
        for event in self.events.sudo().search([]):
            document = self.env[event.anchor_model].browse(event.anchor_id)
            as_user = document.with_env(events.env)
            if as_user._filtered_access("read") and not self._hidden(document.sudo(), events.env):
                found += events.browse(event.id)
        return found

    def _hidden(self, document, env):
        if document._name != "calendar.event":
            return False
        privacy = document.privacy or document.user_id.calendar_default_privacy or "public"
        involved = document.user_id.partner_id + document.partner_ids
        return privacy == "private" and env.user.partner_id not in involved

    def _compare_pages(self, events, account, readable, limit):
        if not account.with_env(events.env)._filtered_access("read"):
            with self.assertRaises(AccessError):
                events.crm_history(account.id)
            return
        page = events.crm_history(account.id, limit=limit)
        # What lies ahead is cut to the limit; it comes with the first page only.
        upcoming = events.crm_history(account.id, limit=200)["upcoming"]
        self.assertEqual(page["upcoming"], upcoming[:limit])
        shown = upcoming + page["events"]
        while page["next"]:
            page = events.crm_history(account.id, cursor=page["next"], limit=limit)
            shown += page["events"]
        known = [
            (event.res_model, event.res_id)
            for event in readable.sudo()
            if event.root_partner_id == account and event.rank == 0
        ]
        self.assertEqual(
            sorted((event["source_model"], event["source_id"]) for event in shown),
            sorted(known),
            (events.env.user.login, account.name),
        )
