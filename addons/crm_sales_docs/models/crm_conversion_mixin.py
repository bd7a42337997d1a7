# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL

# what hinders every document of a company
COMPANY_BLOCKERS = {"no_journal", "locked_period", "no_receivable_account"}


class CrmConversionMixin(models.AbstractModel):
    """What an order and a delivery note share when one click turns them into the next document."""

    _name = "crm.conversion.mixin"
    _description = "Conversion of sales documents"

    # the integer column that each conversion increments
    _crm_conversion_field = "crm_conversion_seq"

    def _crm_lock(self):
        """Make everybody else who converts these records wait, then start over on fresh data.

        The rows are locked in the order of their ids, so that overlapping selections cannot block
        each other for ever. The update is what makes a waiting transaction fail as not
        serialisable and be retried by the server: after a mere lock it would go on with what it
        read before and convert a second time.
        """
        if not self.ids:
            return
        self.invalidate_recordset([self._crm_conversion_field])
        self.env.cr.execute(
            SQL(
                """
                WITH locked AS (
                    SELECT id FROM %(table)s WHERE id IN %(ids)s ORDER BY id FOR NO KEY UPDATE
                )
                UPDATE %(table)s
                   SET %(column)s = COALESCE(%(column)s, 0) + 1
                  FROM locked
                 WHERE %(table)s.id = locked.id
                """,
                table=SQL.identifier(self._table),
                column=SQL.identifier(self._crm_conversion_field),
                ids=tuple(self.ids),
            )
        )

    def _crm_conversion_blockers(self, target):
        """Return why these records cannot become ``target``; to be extended.

        :param str target: ``"note"`` or ``"invoice"``
        :return: list of dicts with ``code`` (for programs) and ``message`` (a sentence that names
            the document and says what to do), for all the records at once
        """
        return []

    def _crm_check_ready(self, target):
        """Raise one UserError with every blocker, before anything is written."""
        blockers = self._crm_conversion_blockers(target)
        if not blockers:
            return
        messages = list(dict.fromkeys(blocker["message"] for blocker in blockers))
        if len(messages) == 1:
            raise UserError(messages[0])
        raise UserError(
            "\n".join(
                [
                    self.env._("%(count)s things must be settled first:", count=len(messages)),
                    *(f"• {message}" for message in messages),
                ]
            )
        )

    def _crm_blockers_by_record(self, target):
        """Return ``{record: [sentence, …]}`` of the records that cannot become ``target``.

        Asks for all of them at once, and for ever smaller halves only where something is wrong.
        """
        result = {}
        for records in self.grouped("company_id").values():
            records._crm_find_blockers(target, result)
        return result

    def _crm_find_blockers(self, target, result):
        """Add the blockers of these records of one company to ``result``.

        :return: whether there are any
        """
        blockers = self._crm_conversion_blockers(target)
        if not blockers:
            return False
        messages = list(dict.fromkeys(blocker["message"] for blocker in blockers))
        of_company = list(
            dict.fromkeys(
                blocker["message"] for blocker in blockers if blocker["code"] in COMPANY_BLOCKERS
            )
        )
        if len(self) == 1:
            result[self] = messages
        elif of_company:
            result.update((record, of_company) for record in self)
        else:
            middle = len(self) // 2
            first = self[:middle]._crm_find_blockers(target, result)
            second = self[middle:]._crm_find_blockers(target, result)
            if not first and not second:
                # each by itself could, but not all of them
                result.update((record, messages) for record in self)
        return True

    def _crm_partner_blockers(self):
        """Return a blocker for each record whose customer is not tied to an account."""
        return [
            {
                "code": "no_account",
                "message": self.env._(
                    "%(document)s: %(partner)s is a person without an account. Put the person in a "
                    "company or department, or mark the record as a company.",
                    document=record.display_name,
                    partner=record.partner_id.display_name,
                ),
            }
            for record in self
            if not record.partner_id.crm_account_id
        ]

    def _crm_accounting_blockers(self, order_lines):
        """Return what the accounting of the companies lacks to invoice ``order_lines``."""
        blockers = []
        for company, lines in order_lines.grouped("company_id").items():
            company = company.with_company(company)
            journal = self.env["account.journal"].search(
                [
                    *self.env["account.journal"]._check_company_domain(company),
                    ("type", "=", "sale"),
                ],
                limit=1,
            )
            if not journal:
                blockers.append(
                    {
                        "code": "no_journal",
                        "message": self.env._(
                            "The company %(company)s has no sales journal. Choose its chart of "
                            "accounts in the settings of Invoicing, or create a sales journal.",
                            company=company.name,
                        ),
                    }
                )
                continue
            blockers += self._crm_lock_date_blockers(company, journal, lines)
            blockers += self._crm_account_blockers(company, journal, lines)
        return blockers

    def _crm_lock_date_blockers(self, company, journal, lines):
        today = self.env["account.move"]._fields["date"].context_today(self)
        violations = company._get_violated_lock_dates(today, bool(lines.tax_ids), journal)
        if not violations:
            return []
        return [
            {
                "code": "locked_period",
                "message": self.env._(
                    "The books of %(company)s are closed for today's date: %(locks)s. Ask the "
                    "accountant to open the period.",
                    company=company.name,
                    locks=company._format_lock_dates(violations),
                ),
            }
        ]

    def _crm_account_blockers(self, company, journal, lines):
        blockers = []
        customers = lines.order_id.partner_invoice_id.commercial_partner_id.with_company(company)
        receivable_domain = [
            *self.env["account.account"]._check_company_domain(company),
            ("account_type", "=", "asset_receivable"),
        ]
        if not (
            all(customer.property_account_receivable_id for customer in customers)
            or self.env["account.account"].search_count(receivable_domain, limit=1)
        ):
            blockers.append(
                {
                    "code": "no_receivable_account",
                    "message": self.env._(
                        "The company %(company)s has no receivable account. Choose its chart of "
                        "accounts in the settings of Invoicing.",
                        company=company.name,
                    ),
                }
            )
        for line in lines:
            line_journal = line.order_id.journal_id or journal
            if line_journal.default_account_id:
                continue
            accounts = line.product_id.product_tmpl_id.with_company(company).get_product_accounts(
                fiscal_pos=line.order_id.fiscal_position_id
            )
            if not accounts["income"]:
                blockers.append(
                    {
                        "code": "no_income_account",
                        "message": self.env._(
                            "%(order)s: the product %(product)s has no income account. Set one on "
                            "the product, on its category or on the journal %(journal)s.",
                            order=line.order_id.name,
                            product=line.product_id.display_name,
                            journal=line_journal.name,
                        ),
                    }
                )
        return blockers

    # === SEVERAL AT ONCE ===#
    def action_crm_convert(self):
        """Return the action that shows what these records will become, and then converts them."""
        self.check_access("read")
        field = "order_ids" if self._name == "sale.order" else "note_ids"
        wizard = self.env["crm.conversion.wizard"].create({field: [Command.set(self.ids)]})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Convert"),
            "res_model": wizard._name,
            "res_id": wizard.id,
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }
