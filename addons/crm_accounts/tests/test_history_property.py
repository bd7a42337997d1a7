# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from hypothesis import strategies as st

from odoo.tests import tagged

from odoo.addons.crm_accounts.tests import common_history_property as common


@tagged("post_install", "-at_install")
class TestHistoryProperty(common.CrmHistoryPropertyCommon):
    documents = st.one_of(
        common.planned("call", common.SALES),
        common.planned(
            "meeting",
            common.SALES,
            by=common.named(*common.SALES),
            guests=st.lists(st.sampled_from(common.PARTNERS), min_size=1, max_size=3, unique=True),
            colleague=common.named(*common.SALES, "user_portal", "nobody"),
            privacy=st.sampled_from(["public", "private", "confidential", False]),
        ),
    )
    rules = {
        "crm.call": (
            "[('name', '!=', 'Odd')]",
            "[('partner_id.name', '!=', 'Bob')]",
            "[('user_id', '!=', user.id)]",
            "[('company_id', '=', False)]",
        ),
        "calendar.event": (
            "[('name', '!=', 'Odd')]",
            "[('user_id', '=', user.id)]",
            "[('partner_ids', 'in', user.partner_id.ids)]",
        ),
    }

    def test_events_found_are_those_whose_document_the_user_may_read(self):
        self._check_examples()

    def _strategies(self):
        return super()._strategies() | {
            "without_settings": st.sets(st.sampled_from(self.users), max_size=2),
            "default_privacy": st.sampled_from(["public", "private"]),
            "private_calendars": st.sets(st.sampled_from(self.users), max_size=2),
        }

    def _make(self, example):
        for login in sorted(example["private_calendars"]):
            user = self._record(login)
            user.with_user(user).calendar_default_privacy = "private"
        for login in sorted(example["without_settings"]):
            self._record(login).res_users_settings_ids.unlink()
        self.env["ir.config_parameter"].set_param(
            "calendar.default_privacy", example["default_privacy"]
        )
        return super()._make(example)

    def _make_call(self, plan):
        call = self._call(
            plan["on"], name=plan["name"], company_id=plan["company"].id, date=plan["date"]
        )
        call.user_id = plan["by"]
        return call

    def _make_meeting(self, plan):
        return self._meeting(
            *map(self._record, plan["guests"]),
            *plan["colleague"].partner_id,
            user=plan["by"],
            name=plan["name"],
            privacy=plan["privacy"],
            start=plan["date"],
            stop=plan["date"] + timedelta(hours=1),
        )
