# SPDX-License-Identifier: LGPL-3.0-or-later
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

from ..matching.keys import vat_keys
from ..matching.score import QUEUE_SCORE, SIMILAR_NAME, score

_BATCH = 500


class CrmDuplicateCandidate(models.Model):
    """Two accounts, or two people, that may be the same one. A user sees the pairs of which the
    user may read both.
    """

    _name = "crm.duplicate.candidate"
    _description = "Possible Duplicate"
    _order = "score DESC, id"

    partner_a_id = fields.Many2one(
        "res.partner", "Record", required=True, index=True, ondelete="cascade", readonly=True
    )
    partner_b_id = fields.Many2one(
        "res.partner", "Same As", required=True, index=True, ondelete="cascade", readonly=True
    )
    city_a = fields.Char("City", related="partner_a_id.city")
    city_b = fields.Char("Other City", related="partner_b_id.city")
    account_a_id = fields.Many2one("res.partner", "Account", related="partner_a_id.crm_account_id")
    account_b_id = fields.Many2one(
        "res.partner", "Other Account", related="partner_b_id.crm_account_id"
    )
    kind = fields.Selection(
        [("account", "Accounts"), ("person", "Contacts")], required=True, readonly=True
    )
    score = fields.Integer(
        required=True,
        readonly=True,
        aggregator=None,
        help="How likely both are the same, from 0 to 100.",
    )
    reasons = fields.Json("Reason Codes", readonly=True)
    reason_text = fields.Char("Reasons", compute="_compute_reason_text")
    state = fields.Selection(
        [("open", "To Review"), ("not_duplicate", "Not a Duplicate")],
        required=True,
        default="open",
        readonly=True,
    )
    can_merge = fields.Boolean(compute="_compute_can_merge")

    _pair_uniq = models.UniqueIndex("(partner_a_id, partner_b_id)")
    _pair_order = models.Constraint(
        "CHECK (partner_a_id < partner_b_id)", "A record is no duplicate of itself."
    )
    _queue_idx = models.Index("(state, score DESC, id)")

    @api.depends_context("lang")
    @api.depends("reasons")
    def _compute_reason_text(self):
        labels = self._crm_reason_labels()
        for candidate in self:
            candidate.reason_text = ", ".join(
                self.env._("similar name (%(percent)s %%)", percent=reason[1])
                if isinstance(reason, list)
                else labels[reason]
                for reason in candidate.reasons or []
            )

    @api.depends("partner_a_id.name", "partner_b_id.name")
    def _compute_display_name(self):
        for candidate in self:
            candidate.display_name = self.env._(
                "%(name)s and %(other)s",
                name=candidate.partner_a_id.display_name,
                other=candidate.partner_b_id.display_name,
            )

    @api.depends_context("uid")
    def _compute_can_merge(self):
        allowed = self.env.user.has_group("base.group_partner_manager")
        for candidate in self:
            candidate.can_merge = allowed and candidate.state == "open"

    @api.model
    def _search(self, domain, offset=0, limit=None, order=None, *, bypass_access=False, **kwargs):
        """Find the pairs of which the user may read both."""
        if not (self.env.su or bypass_access):
            readable = self.env["res.partner"].with_context(active_test=False)._search([])
            domain = (
                Domain(domain)
                & Domain("partner_a_id", "in", readable)
                & Domain("partner_b_id", "in", readable)
            )
        return super()._search(domain, offset, limit, order, bypass_access=bypass_access, **kwargs)

    def _check_access(self, operation):
        result = super()._check_access(operation)
        if result or self.env.su or not any(self._ids):
            return result
        if forbidden := self - self.search([("id", "in", self.ids)]):
            return forbidden, lambda: AccessError(
                self.env._("You may not read both records of these pairs.")
            )
        return None

    def action_not_duplicate(self):
        """Remember for ever that these pairs are two different ones each."""
        self.check_access("read")
        self.sudo().write({"state": "not_duplicate"})

    def action_reopen(self):
        """Put pairs back into the queue."""
        self.check_access("read")
        self.sudo().write({"state": "open"})

    def action_merge(self):
        """Return the dialog that merges the records of these pairs."""
        self.check_access("read")
        return (self.partner_a_id | self.partner_b_id).action_crm_merge()

    @api.model
    def _crm_reason_labels(self):
        return {
            "vat": self.env._("same tax ID"),
            "email": self.env._("same e-mail"),
            "phone": self.env._("same phone"),
            "domain": self.env._("same domain"),
            "name": self.env._("same name"),
            "account": self.env._("same account"),
            "city": self.env._("same city"),
            "other_vat": self.env._("but different tax IDs"),
        }

    @api.model
    def _crm_forget_open(self, partner_ids):
        self.env.cr.execute(
            SQL(
                "DELETE FROM crm_duplicate_candidate WHERE state = 'open'"
                " AND (partner_a_id = ANY(%(ids)s) OR partner_b_id = ANY(%(ids)s))",
                ids=partner_ids,
            )
        )
        self.invalidate_model()

    @api.model
    def _crm_not_duplicates(self, partner_id):
        """Return the ids of the partners that somebody told apart from this one."""
        self.env.cr.execute(
            SQL(
                """
                SELECT partner_a_id + partner_b_id - %(id)s FROM crm_duplicate_candidate
                 WHERE state = 'not_duplicate' AND %(id)s IN (partner_a_id, partner_b_id)
                """,
                id=partner_id,
            )
        )
        return {row[0] for row in self.env.cr.fetchall()}

    # --- The nightly search -------------------------------------------------------------------

    @api.model
    def _cron_find_duplicates(self):
        """Compare the partners that are new or changed since the last time, batch by batch,
        committing each; a stop loses no more than one batch.
        """
        self.env.cr.execute(
            "SELECT COUNT(DISTINCT res_id) FROM crm_match_key"
            " WHERE model = 'res.partner' AND is_compared IS NOT TRUE"
        )
        self.env["ir.cron"]._commit_progress(remaining=self.env.cr.fetchone()[0])
        while done := self._crm_compare_batch():
            if not self.env["ir.cron"]._commit_progress(done):
                break

    @api.model
    def _crm_compare_batch(self, limit=_BATCH):
        """Compare the next partners; return their number."""
        self.env.cr.execute(
            SQL(
                """
                SELECT DISTINCT res_id FROM (
                    SELECT res_id FROM crm_match_key
                     WHERE model = 'res.partner' AND is_compared IS NOT TRUE
                  ORDER BY id LIMIT %s
                ) AS todo
                """,
                limit,
            )
        )
        ids = [row[0] for row in self.env.cr.fetchall()]
        if ids:
            self._crm_compare(ids)
            self.env.cr.execute(
                SQL(
                    "UPDATE crm_match_key SET is_compared = TRUE"
                    " WHERE model = 'res.partner' AND res_id = ANY(%s)",
                    ids,
                )
            )
        return len(ids)

    @api.model
    def _crm_compare(self, ids):
        """Store the candidates among which is one of the partners ``ids``."""
        pairs = defaultdict(set, self.env["crm.match.key"]._crm_shared("res.partner", ids))
        for pair in self._crm_similar_names(ids):
            pairs[pair].add("name")
        similarities = self._crm_similarities(pairs)
        partners = self._crm_facts({partner_id for pair in pairs for partner_id in pair})
        rows = []
        for pair, shared in pairs.items():
            a, b = (partners.get(partner_id) for partner_id in pair)
            if not a or not b or self._crm_belong_together(a, b):
                continue
            reasons = [kind for kind in ("vat", "email", "phone", "domain") if kind in shared]
            if (similarity := similarities.get(pair, 0)) >= SIMILAR_NAME:
                reasons.append(("name", similarity))
            if a["account_id"] and a["account_id"] == b["account_id"]:
                reasons.append("account")
            if a["city"] and a["city"] == b["city"]:
                reasons.append("city")
            if a["vat"] and b["vat"] and a["vat"].isdisjoint(b["vat"]):
                reasons.append("other_vat")
            points = score(a["crm_is_account"], reasons)
            if points >= QUEUE_SCORE:
                shown = [self._crm_shown_reason(reason) for reason in reasons]
                kind = "account" if a["crm_is_account"] else "person"
                rows.append((*pair, kind, points, fields.Json().convert_to_column(shown, self)))
        self._crm_store(rows)

    @api.model
    def _crm_shown_reason(self, reason):
        if not isinstance(reason, tuple):
            return reason
        return "name" if reason[1] == 1 else ["name", round(100 * reason[1])]

    @api.model
    def _crm_belong_together(self, a, b):
        """Return whether two partners are parts of one company, or of companies of ours that
        must not be mixed, rather than duplicates.
        """
        return (
            a["parent_id"] == b["id"]
            or b["parent_id"] == a["id"]
            or (a["crm_is_account"] and a["commercial_partner_id"] == b["commercial_partner_id"])
            or (a["company_id"] and b["company_id"] and a["company_id"] != b["company_id"])
        )

    @api.model
    def _crm_facts(self, ids):
        self.env.cr.execute(
            SQL(
                """
                SELECT partner.id, parent_id, commercial_partner_id, company_id, crm_is_account,
                       crm_account_id AS account_id, LOWER(TRIM(city)) AS city, vat, country.code
                  FROM res_partner partner
             LEFT JOIN res_country country ON country.id = partner.country_id
                 WHERE partner.id = ANY(%s)
                """,
                list(ids),
            )
        )
        facts = self.env.cr.dictfetchall()
        for partner in facts:
            partner["vat"] = vat_keys(partner["vat"], partner["code"])
        return {partner["id"]: partner for partner in facts}

    @api.model
    def _crm_similar_names(self, ids):
        """Return the pairs with similar names: of accounts everywhere, of people within their
        account. Without the extension pg_trgm, names must be equal.
        """
        # Sorted, the index is used: a bare LIMIT would read the whole table.
        alike, similarity = SQL("other.key = known.key"), SQL("other.id")
        if self.env.registry.has_trigram:
            self.env.cr.execute(
                SQL(
                    "SELECT set_config('pg_trgm.similarity_threshold', %s, TRUE)",
                    str(SIMILAR_NAME),
                )
            )
            alike = SQL("other.key %% known.key")
            similarity = SQL("similarity(other.key, known.key)")
        self.env.cr.execute(
            SQL(
                """
                SELECT known.res_id, other.res_id FROM crm_match_key known
            CROSS JOIN LATERAL (
                        SELECT res_id FROM crm_match_key other
                         WHERE key_type = 'name' AND kind = 'account' AND model = 'res.partner'
                           AND res_id != known.res_id AND %(alike)s
                      ORDER BY %(similarity)s DESC LIMIT 20
                       ) other
                 WHERE known.model = 'res.partner' AND known.res_id = ANY(%(ids)s)
                   AND known.key_type = 'name' AND known.kind = 'account'
                 UNION
                SELECT known.res_id, other.res_id FROM crm_match_key known
                  JOIN res_partner person ON person.id = known.res_id
                  JOIN res_partner colleague ON colleague.crm_account_id = person.crm_account_id
                  JOIN crm_match_key other
                    ON other.model = 'res.partner' AND other.res_id = colleague.id
                   AND other.key_type = 'name' AND other.kind = 'person'
                 WHERE known.model = 'res.partner' AND known.res_id = ANY(%(ids)s)
                   AND known.key_type = 'name' AND known.kind = 'person'
                   AND other.res_id != known.res_id AND %(alike)s
                """,
                alike=alike,
                similarity=similarity,
                ids=ids,
            )
        )
        return {tuple(sorted(row)) for row in self.env.cr.fetchall()}

    @api.model
    def _crm_similarities(self, pairs):
        """Return ``{pair: similarity of the names}`` from 0 to 1."""
        if not pairs:
            return {}
        similarity = SQL("CASE WHEN known.key = other.key THEN 1 ELSE 0 END")
        if self.env.registry.has_trigram:
            similarity = SQL("similarity(known.key, other.key)")
        self.env.cr.execute(
            SQL(
                """
                SELECT known.res_id, other.res_id, %s
                  FROM UNNEST(%s, %s) AS pair(a, b)
                  JOIN crm_match_key known
                    ON known.model = 'res.partner' AND known.res_id = pair.a
                   AND known.key_type = 'name'
                  JOIN crm_match_key other
                    ON other.model = 'res.partner' AND other.res_id = pair.b
                   AND other.key_type = 'name'
                """,
                similarity,
                [pair[0] for pair in pairs],
                [pair[1] for pair in pairs],
            )
        )
        return {(a, b): float(value) for a, b, value in self.env.cr.fetchall()}

    @api.model
    def _crm_store(self, rows):
        if not rows:
            return
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO crm_duplicate_candidate (
                    partner_a_id, partner_b_id, kind, score, reasons, state, create_uid,
                    create_date, write_uid, write_date
                )
                SELECT a, b, kind, score, reasons::jsonb, 'open', %(uid)s, %(now)s, %(uid)s,
                       %(now)s
                  FROM (VALUES %(rows)s) AS found(a, b, kind, score, reasons)
                    ON CONFLICT (partner_a_id, partner_b_id) DO UPDATE
                   SET score = excluded.score, reasons = excluded.reasons
                """,
                uid=self.env.uid,
                now=fields.Datetime.now(),
                rows=SQL(", ").join(SQL("%s", row) for row in rows),
            )
        )
        self.invalidate_model()

    @api.model
    def _crm_merge_partners(self, source_ids, target_id):
        """Let the pairs of merged partners be pairs of the one that is left: what somebody told
        apart stays apart, and a pair with itself is gone.
        """
        involved = [*source_ids, target_id]
        pairs = self.sudo().search(
            ["|", ("partner_a_id", "in", involved), ("partner_b_id", "in", involved)]
        )
        known = {(pair.partner_a_id.id, pair.partner_b_id.id): pair for pair in pairs}
        for (a, b), pair in known.items():
            if a not in source_ids and b not in source_ids:
                continue
            ends = sorted(
                {target_id if partner_id in source_ids else partner_id for partner_id in (a, b)}
            )
            # The open ones of the merged record are found again by its new keys.
            if len(ends) == 2 and pair.state == "not_duplicate":
                if tuple(ends) in known:
                    known[tuple(ends)].state = pair.state
                    pair.unlink()
                else:
                    pair.write({"partner_a_id": ends[0], "partner_b_id": ends[1]})
                    known = known | {tuple(ends): pair}
            else:
                pair.unlink()
