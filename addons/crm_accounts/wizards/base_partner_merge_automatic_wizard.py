# SPDX-License-Identifier: LGPL-3.0-or-later
import psycopg2

from odoo import api, models
from odoo.exceptions import LockError, UserError
from odoo.tools import SQL, mute_logger, split_every

# A contact and the two others that core merges into it at a time.
_SOURCES_AT_A_TIME = 2


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Core's merge, without what core loses: see ``crm.merge.log`` for what is written down."""

    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        partners = self.env["res.partner"].browse(partner_ids)
        self._crm_check_merge(partners)
        if not dst_partner or dst_partner not in partners:
            dst_partner = self._get_ordered_partner(partners.ids)[-1]
        sources = partners - dst_partner
        result = None
        for ids in (
            split_every(_SOURCES_AT_A_TIME, sources.ids) if self._crm_is_free() else [sources.ids]
        ):
            some = self.env["res.partner"].browse(ids)
            chosen = self._crm_typed_values(some, dst_partner)
            log = self.env["crm.merge.log"]._crm_open(some, dst_partner)
            self.env["crm.duplicate.candidate"]._crm_merge_partners(ids, dst_partner.id)
            result = super(
                BasePartnerMergeAutomaticWizard, self.with_context(crm_merge_log_id=log.id)
            )._merge([*ids, dst_partner.id], dst_partner, extra_checks)
            dst_partner.write(
                {name: value for name, value in chosen.items() if not dst_partner[name]}
            )
            self._crm_after_merge(dst_partner)
        return result

    def _crm_is_free(self):
        """Return whether the user may merge more than three contacts at once."""
        return self.env.is_admin() or self.env.user.has_group("sales_team.group_sale_manager")

    @api.model
    def _crm_check_merge(self, partners):
        """Raise one error that names everything that speaks against merging these contacts."""
        found = partners.exists()
        if len(found) < len(partners) or len(found) < 2:
            raise UserError(
                self.env._(
                    "Choose at least two contacts that still exist: somebody may just have "
                    "merged or deleted one of these. Open the list again."
                )
            )
        found.check_access("write")
        try:
            found.lock_for_update()
        except LockError as error:
            raise UserError(
                self.env._(
                    "Somebody is changing one of these contacts at this moment: try again "
                    "in a few seconds."
                )
            ) from error
        problems = []
        companies = found.company_id
        if len(companies) > 1:
            problems.append(
                self.env._(
                    "The contacts belong to different companies (%(companies)s): give them the "
                    "same company first, or leave it empty.",
                    companies=", ".join(companies.mapped("name")),
                )
            )
        related = found.filtered(
            lambda partner: set(partner._crm_ids_above()) & set((found - partner).ids)
        )
        if related:
            problems.append(
                self.env._(
                    "A contact cannot be merged with the account or contact it belongs to: "
                    "%(names)s.",
                    names=", ".join(related.mapped("display_name")),
                )
            )
        users = found.with_context(active_test=False).sudo().user_ids
        if len(users) > 1:
            problems.append(
                self.env._(
                    "More than one of the contacts is a user (%(names)s): archive and unlink all "
                    "but one first.",
                    names=", ".join(users.mapped("login")),
                )
            )
        if problems:
            raise UserError("\n".join(problems))

    @api.model
    def _crm_typed_values(self, sources, dst_partner):
        """Return what people may have typed into fields that core takes for computed and skips."""
        values = {}
        for name, field in dst_partner._fields.items():
            if (
                field.store
                and field.compute
                and not field.readonly
                and not field.company_dependent
                and field.type not in ("one2many", "many2many", "binary")
                and name not in ("parent_id", "is_company", "company_type", "active")
                and dst_partner._has_field_access(field, "write")
            ):
                value = next((source[name] for source in sources if source[name]), False)
                if value:
                    values[name] = field.convert_to_write(value, dst_partner)
        return values

    @api.model
    def _update_foreign_keys_generic(self, model, src_records, dst_record):
        # Core deletes every row of the merged record where one of them hits a constraint, and
        # fails at a unique index.
        log = self._crm_log()
        for table, column in self._get_fk_on(self.env[model]._table):
            if "base_partner_merge_" not in table and self._crm_has_id(table):
                rows = self._crm_row_ids(
                    table, SQL("%s = ANY(%s)", SQL.identifier(column), src_records.ids)
                )
                self._crm_move_rows(log, table, column, rows, dst_record.id)
        return super()._update_foreign_keys_generic(model, src_records, dst_record)

    @api.model
    def _update_reference_fields_generic(
        self, referenced_model, src_records, dst_record, additional_update_records=None
    ):
        log = self._crm_log()
        for field in self._crm_reference_fields():
            model = self.env[field.model_name]
            rows = self._crm_row_ids(
                model._table,
                SQL(
                    "%s = %s AND %s = ANY(%s)",
                    SQL.identifier(field.model_field),
                    referenced_model,
                    SQL.identifier(field.name),
                    src_records.ids,
                ),
            )
            self._crm_move_rows(log, model._table, field.name, rows, dst_record.id)
        # Archived activities and whatever else is archived are moved as well.
        everything = self.with_context(active_test=False)
        return super(BasePartnerMergeAutomaticWizard, everything)._update_reference_fields_generic(
            referenced_model, src_records, dst_record, additional_update_records
        )

    @api.model
    def _crm_reference_fields(self):
        """Return the stored fields that hold the id of a record whose model is named beside."""
        return [
            field
            for model in self.env.registry.values()
            if not model._abstract and model._auto
            for field in model._fields.values()
            if field.type == "many2one_reference"
            and field.store
            and field.column_type
            and (named := model._fields.get(field.model_field))
            and named.store
            and named.type in ("char", "selection")
        ]

    @api.model
    def _crm_log(self):
        return self.env["crm.merge.log"].sudo().browse(self.env.context.get("crm_merge_log_id"))

    @api.model
    def _crm_has_id(self, table):
        return any(model._table == table and model._auto for model in self.env.registry.values())

    @api.model
    def _crm_row_ids(self, table, condition):
        self.env.flush_all()
        query = SQL("SELECT id FROM %s WHERE %s ORDER BY id", SQL.identifier(table), condition)
        return [row[0] for row in self.env.execute_query(query)]

    @api.model
    def _crm_move_rows(self, log, table, column, ids, dst_id):
        """Let rows point to another record; note those that a constraint keeps from it."""
        if not ids:
            return
        if self._crm_update_rows(table, column, ids, dst_id):
            log._crm_note_moved(table, column, ids)
            return
        refused = [
            row_id for row_id in ids if not self._crm_update_rows(table, column, [row_id], dst_id)
        ]
        log._crm_note_moved(table, column, [row_id for row_id in ids if row_id not in refused])
        log._crm_note_dropped(table, refused)
        self.env.cr.execute(
            SQL("DELETE FROM %s WHERE id = ANY(%s)", SQL.identifier(table), refused)
        )
        self.env.invalidate_all()

    @api.model
    def _crm_update_rows(self, table, column, ids, dst_id):
        """Return whether the rows could be changed."""
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                self.env.cr.execute(
                    SQL(
                        "UPDATE %s SET %s = %s WHERE id = ANY(%s)",
                        SQL.identifier(table),
                        SQL.identifier(column),
                        dst_id,
                        ids,
                    )
                )
        except psycopg2.IntegrityError:
            return False
        self.env.invalidate_all()
        return True

    @api.model
    def _crm_after_merge(self, dst_partner):
        """What follows from the moved rows, which were moved behind the back of the ORM."""
        Partner = self.env["res.partner"]
        below = Partner.with_context(active_test=False).search([("id", "child_of", dst_partner.id)])
        for name in (
            "commercial_partner_id",
            "commercial_company_name",
            "complete_name",
            "crm_account_id",
        ):
            self.env.add_to_compute(Partner._fields[name], below)
        roles = self.env["crm.account.contact"].search(
            ["|", ("account_id", "=", dst_partner.id), ("contact_id", "=", dst_partner.id)]
        )
        self.env.add_to_compute(roles._fields["is_primary"], roles)
        roles._crm_join_overlapping()
        self.env["crm.account.event"]._crm_queue_merged(dst_partner)
