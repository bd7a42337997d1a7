# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain


class CrmTimelineSource(models.AbstractModel):
    """A document that appears in the history of accounts and contacts.

    A model takes part by inheriting this mixin and saying what one document is in the history
    (``_crm_timeline_values``) and which stored fields that depends on (``_crm_timeline_fields``).
    Its events (see ``crm.account.event``) are brought up to date once, when the transaction is
    about to be committed, or before anyone searches the history in that transaction.
    """

    _name = "crm.timeline.source"
    _description = "Source of the Account History"

    # The kinds that the documents of this model may have in the history.
    _crm_timeline_kinds = ()
    # The selection field whose label is shown beside the title.
    _crm_timeline_state_field = None
    # The field that ``amount`` comes from: who may not read it isn't shown the amount.
    _crm_timeline_amount_field = None

    def _crm_timeline_fields(self):
        """Return the names of the stored fields that ``_crm_timeline_values`` reads."""
        return frozenset()

    def _crm_timeline_values(self):
        """Return ``{id: values}``: what each document is in the history. Documents that do not
        appear there are left out.

        Keys: ``kind`` and ``date`` (UTC; a day stands for its noon, see ``_crm_timeline_noon``)
        are required. ``partners``: accounts and people of the document, the most important one
        first. ``accounts``: ``{partner id: account at the time}``, where the document remembers
        it; ``places``: ``{partner id: (id of the account, id of the company)}``, where another
        document does. ``anchor``: the document whose access rights decide, this one by default.
        ``title``, ``state``, ``user_id``, ``company_id``, ``direction`` ("in" or "out"),
        ``amount``, ``currency_id``, and ``planned``: whether it is still to be done.
        """
        return {}

    def _crm_timeline_partners(self):
        """Return ``{id: accounts and people}`` of the documents, the most important one first."""
        return self._mail_get_partners()

    def _crm_timeline_relevant(self):
        """Return the new records that may have to be shown; called with their values cached."""
        return self

    @api.model
    def _crm_timeline_domain(self):
        """Return the domain, as far as there is one, of the documents that may have to be shown."""
        return Domain.TRUE

    @api.model
    def _crm_timeline_noon(self, date):
        """Return noon UTC of a date, which is the same day in nearly every time zone."""
        return date and f"{date} 12:00:00"

    @api.model
    def _crm_timeline_moment(self, date, created):
        """Return when a document of a day took place: when it was made, if that was on this day
        somewhere in the world, so that nothing of today lies ahead; else noon.
        """
        noon = date and fields.Datetime.to_datetime(self._crm_timeline_noon(date))
        if noon and created and timedelta(hours=-14) < created - noon < timedelta(hours=12):
            return created
        return noon

    @api.model
    def _crm_timeline_anchor_domain(self):
        """Return what the user must not even know of, beside the access rules of the model."""
        return Domain.TRUE

    @api.model
    def _crm_timeline_titles(self, ids):
        """Return ``{id: title}`` for documents whose titles must not be stored, as far as the
        user may see them.
        """
        return {}

    @api.model
    def _crm_timeline_title_domain(self, text):
        """Return the domain of the documents found by text, where titles are not stored."""
        return Domain.FALSE

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._crm_timeline_relevant()._crm_timeline_queue(new=True)
        return records

    def unlink(self):
        result = super().unlink()
        self._crm_timeline_queue()
        return result

    def _write_multi(self, vals_list):
        # Here, and not in write(), arrive the computed fields as well.
        result = super()._write_multi(vals_list)
        watched = self._crm_timeline_fields()
        self.browse(
            record_id
            for record_id, values in zip(self._ids, vals_list, strict=True)
            if not watched.isdisjoint(values)
        )._crm_timeline_queue()
        return result

    def _crm_timeline_queue(self, new=False):
        """Bring the events of these documents, ``new`` ones or others, up to date before the
        transaction ends.
        """
        if self:
            self.env["crm.account.event"]._crm_queue(self._name, self._ids, new)
