# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.exceptions import UserError

_TOLERANCE = 0.01
_UNAPPROVED = ("needed", "requested", "refused")


class SaleOrder(models.Model):
    """Discounts above the company's limit: a sales manager approves them before a quote is sent."""

    _inherit = "sale.order"

    crm_approval_state = fields.Selection(
        [
            ("needed", "Needs Approval"),
            ("requested", "Approval Requested"),
            ("approved", "Approved"),
            ("refused", "Refused"),
        ],
        "Discount Approval",
        compute="_compute_crm_approval_state",
        store=True,
        copy=False,
    )
    crm_approval_decision = fields.Selection(
        [("requested", "Requested"), ("approved", "Approved"), ("refused", "Refused")],
        "Last Step of the Approval",
        copy=False,
        readonly=True,
        prefetch="crm_sales",
    )
    crm_approval_user_id = fields.Many2one(
        "res.users", "Discount Decided by", copy=False, readonly=True, prefetch="crm_sales"
    )
    crm_approval_reason = fields.Text(
        "Reason of the Refusal", copy=False, readonly=True, prefetch="crm_sales"
    )
    crm_approval_message = fields.Text(
        "Discounts above the Limit", compute="_compute_crm_approval_message"
    )
    crm_approval_blocked = fields.Boolean(
        "Waits for Approval", compute="_compute_crm_approval_message"
    )

    _crm_to_approve_idx = models.Index("(company_id) WHERE crm_approval_state = 'requested'")

    # === COMPUTES ===#
    @api.depends(
        "crm_approval_decision",
        "order_line.crm_discount",
        "order_line.crm_approved_discount",
        "order_line.price_subtotal",
    )
    def _compute_crm_approval_state(self):
        for order in self:
            limited = order.company_id.sudo().crm_discount_limit and order._crm_limited_discounts()
            if not limited:
                order.crm_approval_state = False
            elif not order._crm_excessive_discounts():
                order.crm_approval_state = "approved"
            elif order.crm_approval_decision in ("requested", "refused"):
                order.crm_approval_state = order.crm_approval_decision
            else:
                order.crm_approval_state = "needed"

    @api.depends("crm_approval_state", "state")
    @api.depends_context("uid")
    def _compute_crm_approval_message(self):
        for order in self:
            unapproved = order._crm_is_unapproved()
            order.crm_approval_message = unapproved and order._crm_discount_message()
            order.crm_approval_blocked = unapproved and not order._crm_decides_discounts()

    # === CRUD ===#
    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        if not self.env.su:
            orders.filtered(lambda order: order.state in ("sent", "sale"))._crm_check_approved()
        return orders

    def write(self, vals):
        result = super().write(vals)
        if vals.get("state") in ("sent", "sale") and not self.env.su:
            self._crm_check_approved()
        return result

    # === ACTIONS ===#
    def action_confirm(self):
        self._crm_approve_as_manager()
        return super().action_confirm()

    def action_quotation_send(self):
        self._crm_approve_as_manager()
        return super().action_quotation_send()

    def action_quotation_sent(self):
        self._crm_approve_as_manager()
        return super().action_quotation_sent()

    def action_crm_request_approval(self):
        """Ask the sales managers to approve the discounts above the limit."""
        self.check_access("write")
        for order in self.filtered(lambda o: o.crm_approval_state in ("needed", "refused")):
            if order.state not in ("draft", "sent"):
                continue
            order.sudo().write({"crm_approval_decision": "requested", "crm_approval_reason": False})
            order._crm_unlink_approval_activities()
            for manager in order._crm_discount_managers():
                order.activity_schedule(
                    "crm_sales_docs.mail_activity_type_approve_discount",
                    user_id=manager.id,
                    note=order._crm_discount_message(),
                )
        return True

    def action_crm_approve_discount(self):
        """Approve the discounts of the quotes as they are now; a larger one asks anew."""
        self._crm_check_decides_discounts()
        for order in self.filtered(lambda order: order._crm_is_unapproved()):
            message = order._crm_discount_message()
            order._crm_approve_discounts()
            order._crm_tell_decision(
                self.env._("Discount approved. %(discounts)s", discounts=message)
            )
        return True

    def action_crm_refuse_discount(self):
        """Return the dialog that asks why the discounts are refused."""
        self._crm_check_decides_discounts()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Refuse the Discount"),
            "res_model": "crm.quote.refusal",
            "view_mode": "form",
            "target": "new",
            "context": {"default_order_ids": self.ids},
        }

    # === DISCOUNTS ===#
    def _crm_given_discounts(self):
        """Return ``{line: percent}``: what each line costs less than the price list says.

        A line that takes something off the whole quote, as a discount of the total, lowers the
        price of every other one.
        """
        self.ensure_one()
        lines = self.order_line.filtered(lambda line: line._crm_has_list_price())
        lowering = [line for line in lines if line.price_subtotal < 0]
        total = sum(line.price_subtotal for line in lines if line.price_subtotal > 0)
        share = min(-sum(line.price_subtotal for line in lowering) / total, 1.0) if total else 0.0
        return {
            line: 100 - (100 - line.crm_discount) * (1 - share)
            for line in lines
            if line not in lowering
        }

    def _crm_limited_discounts(self):
        """Return the discounts that are above the limit, approved or not."""
        limit = self.company_id.sudo().crm_discount_limit
        return {
            line: percent
            for line, percent in self._crm_given_discounts().items()
            if limit and percent > limit + _TOLERANCE
        }

    def _crm_excessive_discounts(self):
        """Return the discounts above the limit that nobody approved."""
        return {
            line: percent
            for line, percent in self._crm_limited_discounts().items()
            if percent > line.crm_approved_discount + _TOLERANCE
        }

    def _crm_is_unapproved(self):
        """Tell whether the quote waits for the approval of its discounts."""
        self.ensure_one()
        return self.state in ("draft", "sent") and self.crm_approval_state in _UNAPPROVED

    def _crm_name_discounts(self, discounts):
        return ", ".join(
            f"{line.product_id.display_name} ({percent:.3g}%)"
            for line, percent in discounts.items()
        )

    def _crm_discount_message(self):
        return self.env._(
            "More than %(limit)s%% off the price list: %(discounts)s.",
            limit=f"{self.company_id.sudo().crm_discount_limit:g}",
            discounts=self._crm_name_discounts(self._crm_excessive_discounts()),
        )

    # === APPROVAL ===#
    def _crm_decides_discounts(self):
        """Tell whether the user's own decision is the approval."""
        return self.env.user.has_group("sales_team.group_sale_manager")

    def _crm_check_decides_discounts(self):
        self.check_access("write")
        if not self._crm_decides_discounts():
            raise UserError(
                self.env._("Only a sales manager approves or refuses discounts above the limit.")
            )

    def _crm_discount_managers(self):
        """Return who is asked: the leader of the team if a sales manager, else all of them."""
        self.ensure_one()
        managers = (
            self.env.ref("sales_team.group_sale_manager")
            .sudo()
            .all_user_ids.filtered(
                lambda user: user.active and not user.share and self.company_id in user.company_ids
            )
        )
        return (self.team_id.user_id & managers) or managers

    def _crm_approve_as_manager(self):
        """What a sales manager sends or confirms is approved by that."""
        if self.env.su or not self._crm_decides_discounts():
            return
        self.filtered(lambda order: order._crm_is_unapproved())._crm_approve_discounts()

    def _crm_approve_discounts(self):
        for order in self:
            for line, percent in order._crm_limited_discounts().items():
                line.sudo().crm_approved_discount = max(percent, line.crm_approved_discount)
            order.sudo().write(
                {
                    "crm_approval_decision": "approved",
                    "crm_approval_user_id": self.env.uid,
                    "crm_approval_reason": False,
                }
            )
            order._crm_unlink_approval_activities()

    def _crm_refuse_discounts(self, reason):
        for order in self.filtered(lambda order: order._crm_is_unapproved()):
            order.sudo().write(
                {
                    "crm_approval_decision": "refused",
                    "crm_approval_user_id": self.env.uid,
                    "crm_approval_reason": reason,
                }
            )
            order._crm_unlink_approval_activities()
            order._crm_tell_decision(self.env._("Discount refused: %(reason)s", reason=reason))

    def _crm_unlink_approval_activities(self):
        self.activity_unlink(["crm_sales_docs.mail_activity_type_approve_discount"])

    def _crm_tell_decision(self, message):
        self.message_post(
            body=message,
            partner_ids=(self.user_id.partner_id - self.env.user.partner_id).ids,
            subtype_xmlid="mail.mt_note",
        )

    def _crm_check_approved(self):
        """Raise one UserError that names every quote whose discounts nobody approved."""
        if self._crm_decides_discounts():
            return
        problems = [
            f"{order.name}: {order._crm_approval_error()}"
            for order in self
            if order.crm_approval_state in _UNAPPROVED
        ]
        if problems:
            raise UserError("\n".join(problems))

    def _crm_approval_error(self):
        self.ensure_one()
        message = self._crm_discount_message()
        if self.crm_approval_state == "requested":
            hint = self.env._("Wait until a sales manager approves it.")
        else:
            hint = self.env._("Request the approval of a sales manager, or lower the discount.")
        return f"{message} {hint}"

    def _crm_quote_problems(self):
        problems = super()._crm_quote_problems()
        if self._crm_is_unapproved() and not self._crm_decides_discounts():
            problems.append(self._crm_approval_error())
        return problems

    # === PORTAL ===#
    def _has_to_be_signed(self):
        return super()._has_to_be_signed() and not self._crm_is_unapproved()

    def _has_to_be_paid(self):
        return super()._has_to_be_paid() and not self._crm_is_unapproved()

    def _crm_payment_refusal(self):
        if self._crm_is_unapproved():
            return self.env._(
                "This quote is being reviewed. You can pay it as soon as that is done."
            )
        return super()._crm_payment_refusal()

    def _is_confirmation_amount_reached(self):
        # or a payment would confirm the order
        return not self._crm_is_unapproved() and super()._is_confirmation_amount_reached()
