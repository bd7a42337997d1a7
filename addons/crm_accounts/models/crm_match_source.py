# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models


class CrmMatchSource(models.AbstractModel):
    """A record that may have duplicates, found by its keys (see ``crm.match.key``).

    The keys follow the record: once a transaction, and before anyone looks for duplicates in it.
    """

    _name = "crm.match.source"
    _description = "Record with Match Keys"

    def _crm_match_fields(self):
        """Return the names of the stored fields that ``_crm_match_rows`` reads."""
        return frozenset()

    @api.model
    def _crm_match_rows(self, ids):
        """Return ``(id, kind, key type, key)`` for the records, read with no query per record.
        Only records of the same kind are ever matched.
        """
        return []

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._crm_match_queue()
        return records

    def unlink(self):
        result = super().unlink()
        self._crm_match_queue()
        return result

    def _write_multi(self, vals_list):
        # Here, and not in write(), arrive the computed fields as well.
        result = super()._write_multi(vals_list)
        watched = self._crm_match_fields()
        self.browse(
            record_id
            for record_id, values in zip(self._ids, vals_list, strict=True)
            if not watched.isdisjoint(values)
        )._crm_match_queue()
        return result

    def _crm_match_queue(self):
        if self:
            self.env["crm.match.key"]._crm_queue(self._name, self._ids)
