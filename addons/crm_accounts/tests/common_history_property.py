# SPDX-License-Identifier: LGPL-3.0-or-later
"""Whatever the users, rules, companies and documents are: who finds an event may read its document,
and the other way round.
"""

from contextlib import suppress
from datetime import timedelta
from unittest.mock import patch

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from odoo import fields
from odoo.exceptions import AccessError

from odoo.addons.crm_accounts.tests.common_history import CrmHistoryCommon

PARTNERS = ("account", "department", "ana", "bob", "subsidiary", "eva", "other_account")
SALES = (
    "user_salesman",
    "user_salesman_other",
    "user_salesman_all",
    "user_manager",
    "user_employee",
    "user_company_b",
)
_DAYS = st.integers(-20, 5)
_PARTNER_RULES = [
    f"['|', ('partner_share', '=', False), {leaf}]"
    for leaf in (
        "('name', '!=', 'Bob')",
        "('parent_id', '=', False)",
        "('is_company', '=', True)",
        "('name', 'not like', 'Northwind')",
    )
]


class _Named(str):
    """Stands for the record that the test has by this name."""


def named(*names):
    return st.sampled_from([_Named(name) for name in names])


def planned(kind, users, **more):
    """Return the strategy of what ``_make_<kind>`` makes, owned by one of these users or nobody."""
    return st.fixed_dictionaries(
        {
            "make": st.just(kind),
            "on": named(*PARTNERS),
            "by": named(*users, "nobody"),
            "company": named("company", "company_b"),
            "name": st.sampled_from(["Odd", "Even"]),
            "days": _DAYS,
        }
        | more
    )


class _Undo(Exception):
    """Ends an example."""


class CrmHistoryPropertyCommon(CrmHistoryCommon):
    """What is true of the documents of every addon. A test of some of them says

    - ``documents``: their strategy, see ``planned``;
    - ``rules``: ``{model: domains}`` of access rules that may come on top of those of Odoo;
    - ``users``: names of the internal users who look;

    and calls ``_check_examples``.
    """

    documents = None
    rules = {}
    users = SALES

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.nobody = cls.env["res.users"]
        cls.user_salesman_all.company_ids += cls.company_b
        # Reads own papers in the portal.
        cls.user_portal.partner_id.parent_id = cls.other_account
        # Documents are made in all companies.
        cls.env = cls.env(su=True)
        cls.env.ref("base.res_partner_rule").active = True
        cls.events = cls.env["crm.account.event"]
        latest = cls.events.search([], order="id DESC", limit=1)
        cls.new = [("id", ">", latest.id or 0)]

    @classmethod
    def _new_user_of_b(cls, login, groups):
        return cls._crm_new_user(
            login, groups, company_id=cls.company_b.id, company_ids=cls.company_b.ids
        )

    # --- Examples ---------------------------------------------------------------------------

    def _strategies(self):
        rules = self.rules | {"res.partner": _PARTNER_RULES}
        return {
            "documents": st.lists(self.documents, min_size=1, max_size=6),
            # About a partner, or about one of the documents of the example.
            "about": st.lists(
                st.fixed_dictionaries(
                    {
                        "make": st.sampled_from(["message", "activity", "meeting_about"]),
                        "on": st.one_of(named(*PARTNERS), st.integers(0, 7)),
                        "by": named(*self.users),
                        "privacy": st.sampled_from(["public", "private"]),
                        "days": _DAYS,
                    }
                ),
                max_size=5,
            ),
            # Of all, who then read less, or of a group, who may then read more.
            "rules": st.dictionaries(
                st.sampled_from([(model, domain) for model in rules for domain in rules[model]]),
                st.sampled_from(["all", "group_user"]),
                max_size=2,
            ),
            # Not the last one: a user of the portal belongs to it.
            "owned_partners": st.dictionaries(
                named(*PARTNERS[:-1]), named("company", "company_b"), max_size=1
            ),
            "limit": st.integers(1, 6),
        }

    def _check_examples(self):
        @settings(
            max_examples=15,
            derandomize=True,
            database=None,
            deadline=None,
            # Without explaining a failure, which takes minutes: the smallest example says enough.
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        @given(st.fixed_dictionaries(self._strategies()))
        def check(example):
            try:
                with suppress(_Undo), self.env.cr.savepoint():
                    self._make(example)
                    self._compare(example["limit"])
                    raise _Undo
            finally:
                self.env.registry.clear_cache()
                self.env.invalidate_all()

        check()

    def _make(self, example):
        documents = [self._make_one(plan) for plan in example["documents"]]
        for plan in example["about"]:
            if isinstance(plan["on"], int):
                plan = plan | {"on": documents[plan["on"] % len(documents)]}
            self._make_one(plan)
        for name, company in example["owned_partners"].items():
            self._record(name).company_id = self._record(company)
        for (model_name, domain), group in example["rules"].items():
            self.env["ir.rule"].create(
                {
                    "name": "A rule of the example",
                    "model_id": self.env["ir.model"]._get_id(model_name),
                    "domain_force": domain,
                    "groups": self.group_user.ids if group == "group_user" else [],
                }
            )
        self._assert_in_the_history(documents)

    def _assert_in_the_history(self, documents):
        sources = self.events._crm_sources()
        made = {(made._name, made.id) for made in documents if made._name in sources}
        events = self.events.search(self.new)
        self.assertLessEqual(made, {(event.res_model, event.res_id) for event in events})

    def _make_one(self, plan):
        date = fields.Datetime.now().replace(microsecond=0) + timedelta(days=plan["days"])
        records = {
            key: self._record(value) for key, value in plan.items() if isinstance(value, _Named)
        }
        # What stands at the day it was made was made on that day.
        with patch.object(self.env.cr, "now", lambda: date):
            return getattr(self, f"_make_{plan['make']}")(plan | records | {"date": date})

    def _record(self, name):
        return getattr(self, name).with_env(self.env)

    def _owner(self, plan):
        """Return the owner, where Odoo asks of one to belong to the company of the document."""
        return plan["by"] if plan["company"] <= plan["by"].company_ids else self.nobody

    def _make_message(self, plan):
        # Odoo itself lets its author read it, whatever it is about.
        message = self._post(plan["on"], author_id=plan["by"].partner_id.id)
        message.date = plan["date"]

    def _make_activity(self, plan):
        self.env["mail.activity"].create(
            {
                "res_model_id": self.env["ir.model"]._get_id(plan["on"]._name),
                "res_id": plan["on"].id,
                "activity_type_id": self.env.ref("mail.mail_activity_data_todo").id,
                "summary": "To do",
                "date_deadline": plan["date"].date(),
                "user_id": plan["by"].id,
            }
        )

    def _make_meeting_about(self, plan):
        self._meeting(
            user=plan["by"],
            privacy=plan["privacy"],
            start=plan["date"],
            stop=plan["date"] + timedelta(hours=1),
            res_model_id=self.env["ir.model"]._get_id(plan["on"]._name),
            res_id=plan["on"].id,
        )

    # --- What they show ---------------------------------------------------------------------

    def _compare(self, limit):
        self._assert_portal_is_refused()
        for user in map(self._record, self.users):
            for companies in {user.company_id, user.company_ids}:
                events = self.events.with_user(user).with_context(allowed_company_ids=companies.ids)
                self.env.invalidate_all()
                readable = self._readable(events.env)
                self.env.invalidate_all()
                found = events.search(self.new).with_env(self.env)
                self.assertEqual(set(found), set(readable), (user.login, companies.ids))
                for document in map(self._document, found):
                    foreign = "company_id" in document and document.company_id - companies
                    self.assertFalse(foreign, (user.login, document))
                for account in map(self._record, ("account", "subsidiary", "other_account")):
                    self._compare_pages(events, account, readable, limit)

    def _assert_portal_is_refused(self):
        events = self.events.with_user(self.user_portal)
        account = self._record("user_portal").commercial_partner_id
        domain = [("root_partner_id", "=", account.id)]
        for read in (
            lambda: events.search(domain),
            lambda: events.search_count(domain),
            lambda: events.search_read(domain, ["title"]),
            lambda: events._read_group(domain, ["title"]),
            lambda: events.name_search("", domain),
            lambda: events.browse(self.events.search(self.new).ids).read(["title"]),
            lambda: events.crm_history(account.id),
            lambda: events.crm_history_choices(account.id),
        ):
            with self.assertRaises(AccessError):
                read()

    def _document(self, event):
        """Return the document of an event, which is what a message or an activity is about."""
        source = self.env[event.res_model].browse(event.res_id)
        about = {"mail.message": "model", "mail.activity": "res_model"}
        if source._name in about:
            return self.env[source[about[source._name]]].browse(source.res_id)
        return source

    def _readable(self, env):
        """Return the events whose document, asked one by one, the user may read."""
        return self.events.search(self.new).filtered(
            lambda event: self._is_readable(self._document(event), env)
        )

    def _is_readable(self, document, env):
        if not document.with_env(env)._filtered_access("read"):
            return False
        if document._name != "calendar.event":
            return True
        privacy = document.privacy or document.user_id.calendar_default_privacy or "public"
        involved = document.user_id.partner_id + document.partner_ids
        return privacy != "private" or env.user.partner_id in involved

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
            for event in readable
            if event.root_partner_id == account and event.rank == 0
        ]
        self.assertEqual(
            sorted((event["source_model"], event["source_id"]) for event in shown),
            sorted(known),
            (events.env.user.login, account.name),
        )
