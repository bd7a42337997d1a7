# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.fields import Command

from odoo.addons.crm_accounts.tests.common import CrmSuiteCommon

DEAL = "x_crm_report_deal"


class CrmReportsCommon(CrmSuiteCommon):
    """Deals in two currencies, with a field and a person that salespeople may not see.

    ==============  ===========================================  ==========================
    attribute       groups                                       may
    ==============  ===========================================  ==========================
    user_salesman   sales_team.group_sale_salesman (reader)      own private reports
    user_designer   salesman + crm_reports_group_designer        share own reports
    user_manager    sales_team.group_sale_manager (manager)      all reports
    ==============  ===========================================  ==========================
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_designer = cls._crm_new_user(
            "user_designer",
            "sales_team.group_sale_salesman,crm_reports.crm_reports_group_designer",
            tz="America/Caracas",
        )
        cls._create_deal_model()
        cls._create_deals()

    def setUp(self):
        super().setUp()
        for model, name in ((DEAL, "x_secret"), ("res.partner", "x_margin")):
            self.patch(self.env[model]._fields[name], "groups", "base.group_system")

    @classmethod
    def _create_deal_model(cls):
        cls.env["ir.model.fields"].create(
            {
                "model_id": cls.env["ir.model"]._get_id("res.partner"),
                "name": "x_margin",
                "field_description": "Partner Margin",
                "ttype": "float",
            }
        )
        fields = [
            ("x_date", "date", "Won on", {}),
            ("x_moment", "datetime", "Won at", {}),
            ("x_count", "integer", "Pieces", {}),
            ("x_weight", "float", "Weight", {}),
            ("x_hot", "boolean", "Hot", {}),
            ("x_picture", "binary", "Picture", {}),
            ("x_partner_id", "many2one", "Customer", {"relation": "res.partner"}),
            ("x_currency_id", "many2one", "Money", {"relation": "res.currency"}),
            ("x_amount", "monetary", "Amount", {"currency_field": "x_currency_id"}),
            ("x_secret", "float", "Secret", {}),
            ("x_phone", "char", "Customer Phone", {"related": "x_partner_id.phone"}),
            ("x_hidden", "float", "Customer Margin", {"related": "x_partner_id.x_margin"}),
            (
                "x_half",
                "float",
                "Half",
                {"depends": "x_count", "compute": "for r in self: r['x_half'] = r.x_count / 2"},
            ),
            ("x_tag_ids", "many2many", "Tags", {"relation": "res.partner.category"}),
        ]
        cls.deal_model = cls.env["ir.model"].create({"name": "Deal", "model": DEAL})
        cls.deal_model.field_id.filtered(
            lambda field: field.name == "x_name"
        ).field_description = "Deal"
        # one by one: the later ones are made from the earlier ones
        for name, ttype, label, more in fields:
            derived = "depends" in more or "related" in more
            cls.env["ir.model.fields"].create(
                {
                    "model_id": cls.deal_model.id,
                    "name": name,
                    "ttype": ttype,
                    "field_description": label,
                    "store": not derived,
                    "readonly": derived,
                    **more,
                }
            )
        cls.env["ir.model.access"].create(
            {
                "name": "deal salesman",
                "model_id": cls.deal_model.id,
                "group_id": cls.env.ref("sales_team.group_sale_salesman").id,
                "perm_read": True,
            }
        )

    @classmethod
    def _create_deals(cls):
        cls.usd = cls.env.ref("base.USD")
        cls.eur = cls.env.ref("base.EUR")
        (cls.usd + cls.eur).active = True
        cls.tag_a, cls.tag_b = cls.env["res.partner.category"].create(
            [{"name": "Tag A"}, {"name": "Tag B"}]
        )
        cls.partner_open, cls.partner_hidden = cls.env["res.partner"].create(
            [
                {"name": "Open Customer", "phone": "+58 212 555 0101", "x_margin": 11.0},
                {"name": "Hidden Customer", "phone": "+58 212 555 0102", "x_margin": 22.0},
            ]
        )
        cls.env["ir.rule"].create(
            {
                "name": "hide one customer",
                "model_id": cls.env["ir.model"]._get_id("res.partner"),
                "domain_force": f"[('id', '!=', {cls.partner_hidden.id})]",
                "groups": [Command.link(cls.env.ref("sales_team.group_sale_salesman").id)],
            }
        )
        both = [Command.set((cls.tag_a + cls.tag_b).ids)]
        only_a = [Command.set(cls.tag_a.ids)]
        rows = [
            ("Alpha", "2026-01-10", "2026-01-10 12:00:00", 2, 10.0, both, cls.partner_open),
            ("Beta", "2026-02-20", "2026-03-01 02:00:00", 3, 20.0, only_a, cls.partner_open),
            ("Gamma", "2026-02-28", "2026-03-05 12:00:00", 5, 40.0, [], cls.partner_hidden),
        ]
        cls.deals = cls.env[DEAL].create(
            [
                {
                    "x_name": name,
                    "x_date": day,
                    "x_moment": moment,
                    "x_count": count,
                    "x_weight": count * 1.5,
                    "x_hot": count > 2,
                    "x_amount": amount,
                    "x_secret": amount,
                    "x_tag_ids": tags,
                    "x_currency_id": cls.usd.id,
                    "x_partner_id": partner.id,
                }
                for name, day, moment, count, amount, tags, partner in rows
            ]
        )

    @classmethod
    def _report(cls, kind="list", user=None, model=None, **definition):
        """Create a report of ``user`` (the reader by default), on deals unless ``model`` is given.

        Keys of ``definition`` are its parts; columns may be given as paths.
        """
        user = user or cls.user_salesman
        return (
            cls.env["crm.report"]
            .with_user(user)
            .create(
                {
                    "name": "Deals",
                    "kind": kind,
                    "model_id": cls.env["ir.model"]._get_id(model or DEAL),
                    "definition": cls._definition(**definition),
                }
            )
        )

    @classmethod
    def _definition(cls, **parts):
        columns = parts.pop("columns", [])
        return {
            "version": 1,
            "columns": columns
            if isinstance(columns, dict)
            else [{"path": item} if isinstance(item, str) else item for item in columns],
            **parts,
        }
