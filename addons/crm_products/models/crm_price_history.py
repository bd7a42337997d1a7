# SPDX-License-Identifier: LGPL-3.0-or-later
import json
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_amount, formatLang

_PENDING = "crm_products.price_history"
# How the number of a field is to be read; all others are amounts of money.
_PERCENTAGES = {"percent_price", "price_discount", "discount"}
_QUANTITIES = {"min_quantity", "min_qty"}
# The amounts that somebody asks or pays, and how many of their curves a person tells apart.
_AMOUNTS = ("list_price", "standard_price", "fixed_price", "price")
_CURVES = 12
# The latest ones that curves are drawn of.
_MOST_ROWS = 50_000
# What is queued for each change, in the columns of the table.
_COLUMNS = {
    "date": "timestamp",
    "kind": "varchar",
    "change": "varchar",
    "confidential": "bool",
    "target": "varchar",
    "source": "varchar",
    "product_tmpl_id": "int4",
    "product_id": "int4",
    "pricelist_id": "int4",
    "partner_id": "int4",
    "min_quantity": "float8",
    "date_from": "timestamp",
    "res_model": "varchar",
    "res_id": "int4",
    "field_name": "varchar",
    "old_value": "float8",
    "new_value": "float8",
    "old_text": "varchar",
    "new_text": "varchar",
    "currency_id": "int4",
    "user_id": "int4",
    "company_id": "int4",
    "update_id": "int4",
}
_TYPES = _COLUMNS | {"lang": "varchar", "position": "int4"}
# References to what may be gone by the time the rows are written.
_REFERENCES = ("product_tmpl_id", "product_id", "pricelist_id", "partner_id", "update_id")


class CrmPriceHistory(models.Model):
    """One row for each price that somebody changed. Nobody writes here: see ``crm.price.source``.

    The rows of a transaction are inserted by one query, when it is about to be committed or
    before anyone searches here. Names of what they are about are kept beside the references, for
    the time when it is gone.
    """

    _name = "crm.price.history"
    _description = "Price History"
    _order = "date DESC, id DESC"
    _rec_name = "target"
    _log_access = False

    date = fields.Datetime(required=True, readonly=True)
    kind = fields.Selection(
        [
            ("sales", "Sales Price"),
            ("rule", "Price List"),
            ("cost", "Cost"),
            ("vendor", "Vendor Price"),
        ],
        string="Price",
        required=True,
        readonly=True,
    )
    change = fields.Selection(
        string="Event",
        selection=[("new", "New"), ("changed", "Changed"), ("removed", "Removed")],
        required=True,
        readonly=True,
    )
    confidential = fields.Boolean(
        readonly=True, help="Tells a cost, so it is only for those who may see costs."
    )
    target = fields.Char(
        "Applies To", readonly=True, help="The product or category, as it was called at the time."
    )
    source = fields.Char(
        "Price List or Vendor", readonly=True, help="As it was called at the time."
    )
    product_tmpl_id = fields.Many2one(
        "product.template", "Product", readonly=True, ondelete="set null"
    )
    product_id = fields.Many2one(
        "product.product", "Variant", readonly=True, index="btree_not_null", ondelete="set null"
    )
    pricelist_id = fields.Many2one(
        "product.pricelist",
        "Price List",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    partner_id = fields.Many2one(
        "res.partner", "Vendor", readonly=True, index="btree_not_null", ondelete="set null"
    )
    min_quantity = fields.Float("From Quantity", readonly=True, digits="Product Unit")
    date_from = fields.Datetime(
        "Valid from", readonly=True, help="When the price began, or was to begin, to count."
    )
    res_model = fields.Char("Model", required=True, readonly=True)
    res_id = fields.Many2oneReference("Record", model_field="res_model", readonly=True)
    field_name = fields.Char(required=True, readonly=True)
    field_label = fields.Char("What Changed", compute="_compute_field_label")
    old_value = fields.Float("Old Number", readonly=True, aggregator="avg")
    new_value = fields.Float("New Price", readonly=True, aggregator="avg")
    old_text = fields.Char(readonly=True)
    new_text = fields.Char(readonly=True)
    old_display = fields.Char("Before", compute="_compute_display_values")
    new_display = fields.Char("After", compute="_compute_display_values")
    percent = fields.Float(
        "Change",
        readonly=True,
        aggregator="avg",
        digits=(16, 4),
        help="By which part of itself the price went up or down.",
    )
    currency_id = fields.Many2one("res.currency", readonly=True, ondelete="set null")
    user_id = fields.Many2one("res.users", "By", readonly=True, ondelete="set null")
    company_id = fields.Many2one("res.company", readonly=True, ondelete="cascade")
    update_id = fields.Many2one(
        "crm.price.update",
        "Price Update",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        groups="sales_team.group_sale_manager",
    )

    _date_idx = models.Index("(date DESC, id DESC)")
    _product_idx = models.Index("(product_tmpl_id, date DESC, id DESC)")

    @api.depends_context("lang")
    @api.depends("res_model", "field_name")
    def _compute_field_label(self):
        for row in self:
            model = self.env.get(row.res_model)
            field = model is not None and model._fields.get(row.field_name)
            row.field_label = field._description_string(self.env) if field else row.field_name

    @api.depends_context("lang")
    @api.depends("change", "old_value", "new_value", "old_text", "new_text", "currency_id")
    def _compute_display_values(self):
        for row in self:
            row.old_display = row.old_text or row._crm_number_text("old_value", "new")
            row.new_display = row.new_text or row._crm_number_text("new_value", "removed")

    def _crm_number_text(self, name, without):
        # A text on the other side: this side of the change is empty.
        if self.change == without or self.old_text or self.new_text:
            return False
        number = self[name]
        if self.field_name in _QUANTITIES:
            return formatLang(self.env, number, dp="Product Unit")
        if self.field_name in _PERCENTAGES:
            return self.env._("%(number)s %%", number=formatLang(self.env, number))
        if self.currency_id:
            return format_amount(self.env, number, self.currency_id)
        return formatLang(self.env, number, dp="Product Price")

    def action_open_document(self):
        """Return the form of the product, or else of the price list, whose price it is."""
        self.ensure_one()
        document = self.product_tmpl_id or self.pricelist_id
        return bool(document) and {
            "type": "ir.actions.act_window",
            "res_model": document._name,
            "res_id": document.id,
            "views": [(False, "form")],
        }

    @api.model
    @api.readonly
    def crm_price_curves(self, domain):
        """Return how the prices of the rows in ``domain`` developed, the busiest ones first:
        dicts with ``label``, ``currency_id`` and ``points``, pairs of a moment (UTC) and a price
        that holds until the next one, or None where it ended.
        """
        wanted = Domain(domain) & Domain("field_name", "in", _AMOUNTS)
        rows = self.search(wanted, order="date DESC, id DESC", limit=_MOST_ROWS)[::-1]
        curves = rows.grouped(
            lambda row: (
                row.kind,
                row.res_id if row.kind in ("sales", "cost") else row.target,
                row.source,
                row.product_id,
                row.min_quantity,
                row.currency_id,
            )
        )
        busiest = sorted(curves.values(), key=len, reverse=True)[:_CURVES]
        if not busiest:
            return []
        now = fields.Datetime.now()
        moments = [row._crm_counts_from() for curve in busiest for row in curve]
        # Before the first change, the price was the one that is known as the old one.
        start = min(moments) - max((now - min(moments)) / 20, timedelta(days=1))
        one_product = len(rows.product_tmpl_id) == 1
        return [
            {
                "label": curve[0]._crm_curve_label(one_product),
                "currency_id": curve.currency_id.id,
                "points": curve._crm_curve_points(start, max(now, *moments)),
            }
            for curve in busiest
        ]

    def _crm_counts_from(self):
        return max(self.date, self.date_from or self.date)

    def _crm_curve_label(self, one_product):
        parts = [] if one_product else [self.target]
        parts.append(
            self.source or dict(self._fields["kind"]._description_selection(self.env))[self.kind]
        )
        if self.min_quantity > 1:
            parts.append(
                self.env._(
                    "from %(quantity)s",
                    quantity=formatLang(self.env, self.min_quantity, dp="Product Unit"),
                )
            )
        return " · ".join(parts)

    def _crm_curve_points(self, start, end):
        points = []
        for row in self.sorted(lambda row: (row._crm_counts_from(), row.id)):
            if not points and row.change == "changed":
                points.append((start, row.old_value))
            points.append(
                (row._crm_counts_from(), None if row.change == "removed" else row.new_value)
            )
        points.append((end, points[-1][1]))
        return [(fields.Datetime.to_string(moment), price) for moment, price in points]

    @api.model
    def _search(self, *args, **kwargs):
        self._crm_insert_pending()
        return super()._search(*args, **kwargs)

    @api.model
    def _crm_queue(self, model_name, changes, subjects):
        """Remember changes of prices until they are inserted.

        :param changes: ``{record id: {field: (change, old, new)}}``, old and new as
            ``(number, text)``
        :param subjects: ``{record id: values}``, what the rows of a record have in common
        """
        precommit = self.env.cr.precommit
        if _PENDING not in precommit.data:
            precommit.data[_PENDING] = {}
            precommit.add(self.env(su=True, context={})[self._name]._crm_insert_pending)
        pending = precommit.data[_PENDING]
        update = self.env.context.get("crm_price_update")
        common = {
            "date": fields.Datetime.to_string(self.env.cr.now()),
            "res_model": model_name,
            "user_id": self.env.uid,
            "lang": self.env.lang or "en_US",
            # A record, which no client can send: nobody else's change is taken for the update's.
            "update_id": update.id if isinstance(update, models.BaseModel) else None,
        }
        products = self.env["product.template"].sudo()
        product_ids = [subject["product_tmpl_id"] for subject in subjects.values()]
        for record_id, fields_changes in changes.items():
            subject = common | subjects[record_id] | {"res_id": record_id}
            if not subject.get("target") and any(
                change == "removed" for change, _old, _new in fields_changes.values()
            ):
                # The product may be the next to go.
                product = products.browse(subject["product_tmpl_id"])
                subject["target"] = product.with_prefetch(product_ids).display_name
            for name, (change, old, new) in fields_changes.items():
                key = (model_name, record_id, name, subject["company_id"], subject["update_id"])
                known = pending.pop(key, None)
                if known:
                    # Twice in one transaction is one change, or none at all.
                    change = known["change"] if change == "changed" else change
                    if known["change"] == "new" and change == "removed":
                        continue
                    old = (known["old_value"], known["old_text"])
                    if change == "changed" and old == tuple(new):
                        continue
                pending[key] = subject | {
                    "field_name": name,
                    "change": change,
                    "old_value": old[0],
                    "old_text": old[1],
                    "new_value": new[0],
                    "new_text": new[1],
                }

    @api.model
    def _crm_let_go(self, products):
        """Forget the references to products that will be deleted, and to their variants.

        Both at once: left to the database, a row of this transaction has one of them cleared, and
        is checked, while the other is gone already.
        """
        self._crm_insert_pending()
        self.env.cr.execute(
            SQL(
                "UPDATE crm_price_history SET product_tmpl_id = NULL, product_id = NULL"
                " WHERE product_tmpl_id = ANY(%s)",
                products.ids,
            )
        )
        self.invalidate_model(["product_tmpl_id", "product_id"], flush=False)

    @api.model
    def _crm_insert_pending(self):
        """Insert the rows of what this transaction has changed so far."""
        rows = self.env.cr.precommit.data.pop(_PENDING, None)
        if not rows:
            return
        self.env["product.template"].flush_model(["name", "default_code"])
        columns = SQL(", ").join(map(SQL.identifier, _COLUMNS))
        exists = {
            name: SQL(
                "(SELECT id FROM %s AS known WHERE known.id = line.%s)",
                SQL.identifier(self.env[self._fields[name].comodel_name]._table),
                SQL.identifier(name),
            )
            for name in _REFERENCES
        }
        exists["target"] = SQL(
            """COALESCE(
                line.target,
                CONCAT('[' || NULLIF(product.default_code, '') || '] ',
                       COALESCE(product.name->>line.lang, product.name->>'en_US')))"""
        )
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO crm_price_history (%(columns)s, percent)
                SELECT %(values)s,
                       CASE WHEN change = 'changed' AND old_value > 0
                             AND NOT field_name = ANY(%(no_price)s)
                            THEN ROUND((new_value / old_value - 1)::numeric, 4) END
                  FROM jsonb_to_recordset(%(rows)s) AS line(%(types)s)
             LEFT JOIN product_template product ON product.id = line.product_tmpl_id
                 ORDER BY line.position
                """,
                columns=columns,
                values=SQL(", ").join(
                    exists.get(name) or SQL("line.%s", SQL.identifier(name)) for name in _COLUMNS
                ),
                no_price=[*_PERCENTAGES, *_QUANTITIES],
                rows=json.dumps(
                    [row | {"position": number} for number, row in enumerate(rows.values())]
                ),
                types=SQL(", ").join(
                    SQL("%s %s", SQL.identifier(name), SQL(kind)) for name, kind in _TYPES.items()
                ),
            )
        )
        self.invalidate_model(flush=False)
