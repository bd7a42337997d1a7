# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools.misc import clean_context

# more documents than these are converted in the background
MOST_AT_ONCE = 50


class CrmConversionWizard(models.TransientModel):
    """Shows what selected orders or delivery notes become, before they do."""

    _name = "crm.conversion.wizard"
    _description = "Convert Sales Documents"

    note_ids = fields.Many2many("crm.delivery.note", string="Delivery Notes", readonly=True)
    order_ids = fields.Many2many("sale.order", string="Orders", readonly=True)
    target = fields.Selection(
        [("invoice", "Invoices"), ("note", "Delivery Notes")],
        "Make",
        required=True,
        default="invoice",
    )
    grouping = fields.Selection(
        [
            ("customer", "As few as possible: one per customer"),
            ("address", "One per customer and delivery address"),
            ("document", "One per document"),
        ],
        "How Many",
        required=True,
        default="customer",
        help="Companies, currencies, taxes and payment terms are never mixed on one invoice.",
    )
    blocker_ids = fields.One2many(
        "crm.conversion.wizard.blocker",
        "wizard_id",
        "Not Ready",
        compute="_compute_blocker_ids",
        compute_sudo=False,
        store=True,
    )
    line_ids = fields.One2many(
        "crm.conversion.wizard.line",
        "wizard_id",
        "What Will Come Out",
        compute="_compute_line_ids",
        compute_sudo=False,
        store=True,
    )
    result_count = fields.Integer("Documents to Make", compute="_compute_counts")
    ready_count = fields.Integer("Ready", compute="_compute_counts")
    done_count = fields.Integer("Converted Before", compute="_compute_counts")
    blocked_count = fields.Integer("Number Not Ready", compute="_compute_counts")
    in_background = fields.Boolean(compute="_compute_counts")

    # === COMPUTES ===#
    @api.depends("note_ids", "order_ids", "target")
    def _compute_blocker_ids(self):
        for wizard in self:
            documents = wizard._crm_documents()
            blockers = documents._crm_blockers_by_record(wizard.target)
            field = wizard._crm_document_field()
            wizard.blocker_ids = [
                Command.clear(),
                *(
                    Command.create({field: document.id, "message": "\n".join(blockers[document])})
                    for document in documents
                    if document in blockers
                ),
            ]

    @api.depends("blocker_ids", "grouping")
    def _compute_line_ids(self):
        for wizard in self:
            wizard.line_ids = [
                Command.clear(),
                *(Command.create(values) for values in wizard._prepare_preview()),
            ]

    @api.depends("line_ids", "blocker_ids")
    def _compute_counts(self):
        for wizard in self:
            ready = wizard._crm_ready()
            wizard.result_count = len(wizard.line_ids)
            wizard.blocked_count = len(wizard.blocker_ids)
            wizard.ready_count = len(ready)
            shown = wizard.line_ids.mapped(wizard._crm_document_field() + "s")
            wizard.done_count = len(ready - shown._origin)
            wizard.in_background = len(ready) > MOST_AT_ONCE

    # === ACTIONS ===#
    def action_convert(self):
        """Convert what is ready: at once, or in the background where it is much.

        :return: the action that opens the result
        :raise UserError: with every reason, if nothing is ready
        """
        self.ensure_one()
        documents = self._crm_ready()
        if not documents:
            self._crm_documents()._crm_check_ready(self.target)
        if len(documents) > MOST_AT_ONCE:
            runs = self.env["crm.conversion.run"]._crm_start(documents, self.target, self.grouping)
            return runs._crm_open()
        documents = documents.with_env(self.env(context=clean_context(self.env.context)))
        return documents._crm_convert(self.target, self.grouping)

    # === BUSINESS ===#
    def _crm_documents(self):
        """Return the selected orders, or delivery notes."""
        self.ensure_one()
        return (self.order_ids or self.note_ids)._origin

    def _crm_document_field(self):
        return "order_id" if self.order_ids else "note_id"

    def _crm_ready(self):
        """Return the documents that nothing hinders."""
        blocked = self.blocker_ids.mapped(self._crm_document_field())
        return self._crm_documents() - blocked._origin

    def _prepare_preview(self):
        """Return the values of a line for each document that will come out."""
        self.ensure_one()
        ready = self._crm_ready()
        if self.target == "note":
            return ready._crm_preview_notes()
        return ready._crm_preview_invoices(self.grouping)
