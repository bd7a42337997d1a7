# SPDX-License-Identifier: LGPL-3.0-or-later
from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import UserError

# what may still be written on a quote that a newer revision replaced: who looks after it, and
# what the chatter keeps
_WRITABLE = {"user_id", "team_id", "tag_ids", "access_token"}
_WRITABLE_PREFIXES = ("activity_", "message_", "website_message_", "my_activity_", "rating_")


class SaleOrder(models.Model):
    """Revisions: what was sent is kept as it was, and a new quote takes its place."""

    _inherit = "sale.order"

    crm_revision = fields.Integer(
        "Revision", copy=False, readonly=True, help="0 for the first version of a quote."
    )
    crm_revision_root_id = fields.Many2one(
        "sale.order", "First Version", copy=False, readonly=True, ondelete="restrict"
    )
    crm_revision_last = fields.Integer(
        "Latest Revision", copy=False, readonly=True, export_string_translation=False
    )
    crm_superseded_by_id = fields.Many2one(
        "sale.order",
        "Replaced by",
        copy=False,
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    crm_revision_count = fields.Integer("Revisions", compute="_compute_crm_revision_count")

    _crm_revision_uniq = models.UniqueIndex(
        "(crm_revision_root_id, crm_revision) WHERE crm_revision_root_id IS NOT NULL"
    )

    # === COMPUTES ===#
    def _compute_crm_revision_count(self):
        chained = self.filtered(lambda o: o.crm_revision_root_id or o.crm_superseded_by_id)
        (self - chained).crm_revision_count = 0
        if not chained:
            return
        revisions = self.search_fetch(chained._crm_chain_domain(), ["crm_revision_root_id"])
        counts = Counter(order._crm_revision_roots() for order in revisions)
        for order in chained:
            order.crm_revision_count = counts[order._crm_revision_roots()]

    # === CRUD ===#
    def write(self, vals):
        if not self.env.su and any(
            name not in _WRITABLE and not name.startswith(_WRITABLE_PREFIXES) for name in vals
        ):
            self._crm_check_not_superseded()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_revised(self):
        for order in self:
            later = order.crm_superseded_by_id - self
            if later:
                raise UserError(
                    self.env._(
                        "%(order)s is kept: %(later)s is the newer revision of it.",
                        order=order.name,
                        later=later.name,
                    )
                )

    # === ACTIONS ===#
    def action_draft(self):
        self._crm_check_not_superseded()
        return super().action_draft()

    def action_crm_new_revision(self):
        """Replace each quote by a copy with the next number, to be changed and sent.

        The replaced quote is cancelled and kept as it is. A second click, or a colleague's at the
        same moment, opens what the first one made.

        :return: the action that opens the new revisions
        :raise UserError: with every quote that cannot be revised
        """
        self.check_access("write")
        self._crm_lock()
        self.invalidate_recordset(["crm_superseded_by_id", "state"])
        revised = self.filtered(lambda order: not order.crm_superseded_by_id)
        revised._crm_check_revisable()
        latest = (self - revised)._crm_latest_revisions()
        for order in revised:
            latest |= order._crm_revise()
        return latest._crm_open_orders()

    def action_crm_view_revisions(self):
        """Return the action that lists every revision of these quotes."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_sales_docs.sale_order_action_crm_quotes"
        )
        return action | {
            "name": self.env._("Revisions"),
            "path": False,
            "domain": self._crm_chain_domain(),
            "context": {"create": False},
        }

    def action_crm_compare_revisions(self):
        """Return the dialog that shows what changed since the revision before this one."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("What Changed"),
            "res_model": "crm.quote.comparison",
            "view_mode": "form",
            "target": "new",
            "context": {"default_order_id": self.id},
        }

    # === REVISIONS ===#
    def _crm_revision_roots(self):
        """Return the first version of each quote."""
        return self.browse(
            dict.fromkeys(order.crm_revision_root_id.id or order.id for order in self)
        )

    def _crm_revisions(self):
        """Return every revision of this quote that the user may see, the oldest first."""
        self.ensure_one()
        return self.search(self._crm_chain_domain()).sorted("crm_revision")

    def _crm_chain_domain(self):
        roots = self._crm_revision_roots()
        return ["|", ("id", "in", roots.ids), ("crm_revision_root_id", "in", roots.ids)]

    def _crm_latest_revisions(self):
        latest = self.browse()
        for order in self:
            while order.crm_superseded_by_id:
                order = order.crm_superseded_by_id
            latest |= order
        return latest

    def _crm_check_not_superseded(self):
        superseded = self.filtered("crm_superseded_by_id")
        if superseded:
            raise UserError("\n".join(order._crm_superseded_message() for order in superseded))

    def _crm_superseded_message(self):
        return self.env._(
            "%(order)s is kept as it was: %(later)s replaces it. Change that one.",
            order=self.name,
            later=self.sudo()._crm_latest_revisions().name,
        )

    def _crm_check_revisable(self):
        """Raise one UserError that names every order that is no quote any more."""
        problems = []
        for order in self:
            if order.state == "sale":
                problems.append(
                    self.env._(
                        "%(order)s is confirmed. Change the order itself, or cancel it first.",
                        order=order.name,
                    )
                )
            elif order.sudo().amount_paid:
                problems.append(
                    self.env._(
                        "%(order)s is paid already. Confirm it, or refund the payment first.",
                        order=order.name,
                    )
                )
        if problems:
            raise UserError("\n".join(problems))

    def _crm_revise(self):
        """Return the quote that replaces this one from now on."""
        self.ensure_one()
        # the number is the chain's, also where its first version belongs to a colleague
        root = self._crm_revision_roots().sudo()
        if root.id != self.id:
            root._crm_lock()
        root.invalidate_recordset(["crm_revision_last"])
        number = max(root.crm_revision_last, 1) + 1
        root.crm_revision_last = number
        lines = self._get_copiable_order_lines()
        revision = self.copy(self._prepare_revision_vals(f"{root.name}-{number}", lines))
        revision.sudo().write({"crm_revision": number, "crm_revision_root_id": root.id})
        for line, copy in zip(lines, revision.order_line.sorted("id"), strict=True):
            copy.sudo().write(
                {
                    "crm_revised_line_id": line.id,
                    "crm_approved_discount": line.crm_approved_discount,
                }
            )
        if self.state != "cancel":
            self._action_cancel()
        # what goes on is not lost
        self._crm_forget_lost_reason()
        self.sudo().activity_ids.write({"res_id": revision.id})
        (self | revision).invalidate_recordset(["activity_ids"])
        self.sudo().crm_superseded_by_id = revision
        self._crm_tell_of_revision(revision)
        return revision

    def _prepare_revision_vals(self, name, lines):
        """Return what the new revision has that a mere copy of the quote would not have."""
        vals_list = lines.copy_data()
        for line, vals in zip(lines, vals_list, strict=True):
            # a copy knows the other lines of its order by these only
            if line.linked_line_id:
                vals["linked_virtual_id"] = f"line_{line.linked_line_id.id}"
            if line.linked_line_ids:
                vals["virtual_id"] = f"line_{line.id}"
        return {
            "name": name,
            "client_order_ref": self.client_order_ref,
            "origin": self.origin,
            "commitment_date": self.commitment_date,
            "order_line": [fields.Command.create(vals) for vals in vals_list],
        }

    def _crm_tell_of_revision(self, revision):
        self.message_post(
            body=self.env._("Replaced by %(quote)s", quote=revision._get_html_link()),
            subtype_xmlid="mail.mt_note",
        )
        revision.message_post(
            body=self.env._("New revision of %(quote)s", quote=self._get_html_link()),
            subtype_xmlid="mail.mt_note",
        )

    def _crm_portal_successor(self):
        """Return the revision that the customer of this quote shall look at instead, if any.

        A quote that is not sent yet, or is for somebody else, is not shown.
        """
        self.ensure_one()
        latest = self._crm_latest_revisions()
        if (
            latest != self
            and latest.state in ("sent", "sale")
            and latest.partner_id.commercial_partner_id == self.partner_id.commercial_partner_id
        ):
            return latest
        return self.browse()

    def _crm_payment_refusal(self):
        """Return the sentence that tells the customer why this order cannot be paid, or None."""
        self.ensure_one()
        if self.crm_superseded_by_id:
            return self.env._("This quote is no longer valid: a newer version replaces it.")
        return None

    def _crm_open_orders(self):
        """Return the action that opens these orders: one by itself, several as a list."""
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Quotes"),
            "res_model": self._name,
            "view_mode": "form" if len(self) == 1 else "list,kanban,form",
        }
        if len(self) == 1:
            return action | {"res_id": self.id, "views": [(False, "form")]}
        return action | {"domain": [("id", "in", self.ids)]}
