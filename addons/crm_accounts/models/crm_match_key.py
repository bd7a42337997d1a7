# SPDX-License-Identifier: LGPL-3.0-or-later
from collections import defaultdict

from odoo import api, fields, models, tools
from odoo.tools import SQL

_PENDING = "crm_accounts.match"
_CHUNK = 5000
# A key that more records share (a switchboard, a default address) tells nobody apart.
_SHARED_BY = 20


class CrmMatchKey(models.Model):
    """What a record may have in common with a duplicate of itself. Read with SQL only."""

    _name = "crm.match.key"
    _description = "Match Key"
    _log_access = False

    model = fields.Char(required=True)
    res_id = fields.Integer(required=True, aggregator=None)
    kind = fields.Char(required=True, help="Only records of the same kind are matched.")
    key_type = fields.Selection(
        [
            ("email", "E-mail"),
            ("domain", "Domain"),
            ("phone", "Phone"),
            ("vat", "Tax ID"),
            ("name", "Name"),
        ],
        required=True,
    )
    key = fields.Char(required=True)
    is_compared = fields.Boolean(help="The nightly search for duplicates has seen the record.")

    _key_idx = models.Index("(key_type, key, kind)")
    _record_idx = models.Index("(model, res_id)")
    _todo_idx = models.Index("(model, id) WHERE is_compared IS NOT TRUE")

    def init(self):
        result = super().init()
        if self.env.registry.has_trigram:
            tools.sql.create_index(
                self.env.cr,
                "crm_match_key__name_trigram_idx",
                self._table,
                ["key gin_trgm_ops"],
                method="gin",
                where="key_type = 'name' AND kind = 'account'",
            )
        return result

    @api.model
    def _crm_queue(self, model_name, ids):
        precommit = self.env.cr.precommit
        if _PENDING not in precommit.data:
            precommit.data[_PENDING] = defaultdict(set)
            precommit.add(self.env(su=True, context={})[self._name]._crm_finish_queue)
        precommit.data[_PENDING][model_name].update(ids)

    @api.model
    def _crm_process_queue(self):
        """Bring the keys of what this transaction has changed so far up to date."""
        self.env.flush_all()
        # They stay in the queue: what is done here may be rolled back to a savepoint.
        for model_name, ids in list(self.env.cr.precommit.data.get(_PENDING, {}).items()):
            for some_ids in tools.split_every(_CHUNK, sorted(ids)):
                self.env(su=True, context={})[self._name]._crm_sync(model_name, list(some_ids))

    @api.model
    def _crm_finish_queue(self):
        self._crm_process_queue()
        self.env.cr.precommit.data.pop(_PENDING, None)

    @api.model
    def _crm_sync(self, model_name, ids):
        """Make the keys of these records what the records are now; return those that changed.

        A changed record is compared again, and its open candidates start anew.
        """
        wanted = {(row[0], *row[1:]) for row in self.env[model_name]._crm_match_rows(ids)}
        self.env.cr.execute(
            SQL(
                "SELECT res_id, kind, key_type, key, id FROM %s WHERE model = %s"
                " AND res_id = ANY(%s)",
                SQL.identifier(self._table),
                model_name,
                ids,
            )
        )
        known = {row[:4]: row[4] for row in self.env.cr.fetchall()}
        if stale := [known[row] for row in known.keys() - wanted]:
            self.env.cr.execute(SQL("DELETE FROM crm_match_key WHERE id = ANY(%s)", stale))
        new = sorted(wanted - known.keys())
        self._crm_insert(model_name, new)
        changed = sorted({row[0] for row in new} | {row[0] for row in known.keys() - wanted})
        if changed:
            self.env.cr.execute(
                SQL(
                    "UPDATE crm_match_key SET is_compared = FALSE WHERE model = %s"
                    " AND res_id = ANY(%s) AND is_compared",
                    model_name,
                    changed,
                )
            )
            if model_name == "res.partner":
                self.env["crm.duplicate.candidate"]._crm_forget_open(changed)
        return changed

    @api.model
    def _crm_insert(self, model_name, rows):
        for some_rows in tools.split_every(1000, rows):
            self.env.cr.execute(
                SQL(
                    "INSERT INTO crm_match_key (model, res_id, kind, key_type, key) VALUES %s",
                    SQL(", ").join(SQL("%s", (model_name, *row)) for row in some_rows),
                )
            )

    @api.model
    def _crm_index_all(self, model_name):
        """Write the keys of every record of a model that has none yet, in chunks and constant
        memory; return the number of keys.
        """
        table = SQL.identifier(self.env[model_name]._table)
        self.env.flush_all()
        last_id = count = 0
        while True:
            self.env.cr.execute(
                SQL(
                    """
                    SELECT record.id FROM %s record WHERE record.id > %s AND NOT EXISTS (
                        SELECT FROM crm_match_key WHERE model = %s AND res_id = record.id
                    ) ORDER BY record.id LIMIT %s
                    """,
                    table,
                    last_id,
                    model_name,
                    _CHUNK,
                )
            )
            ids = [row[0] for row in self.env.cr.fetchall()]
            if not ids:
                return count
            rows = self.env[model_name]._crm_match_rows(ids)
            self._crm_insert(model_name, rows)
            count += len(rows)
            last_id = ids[-1]

    @api.model
    def _crm_find(self, model_name, kind, keys, limit=50):
        """Return ``{id: {key types}}`` of the records that share one of ``keys``, pairs of type
        and key, whoever may read them: filter the result by the rights of the user. Of a key that
        many share, ``limit`` records are among them.
        """
        self._crm_process_queue()
        found = defaultdict(set)
        if keys:
            self.env.cr.execute(
                SQL(
                    """
                    SELECT known.res_id, known.key_type FROM crm_match_key known
                     WHERE known.model = %(model)s AND known.kind = %(kind)s
                       AND (known.key_type, known.key) IN %(keys)s
                       AND known.res_id IN (
                           SELECT sharing.res_id
                             FROM (VALUES %(rows)s) AS typed (key_type, key)
                       CROSS JOIN LATERAL (
                                   SELECT res_id FROM crm_match_key
                                    WHERE key_type = typed.key_type AND key = typed.key
                                      AND kind = %(kind)s AND model = %(model)s
                                    LIMIT %(limit)s
                                  ) sharing
                           )
                    """,
                    model=model_name,
                    kind=kind,
                    keys=tuple(keys),
                    rows=SQL(", ").join(SQL("%s", key) for key in keys),
                    limit=limit,
                )
            )
            for res_id, key_type in self.env.cr.fetchall():
                found[res_id].add(key_type)
        return found

    @api.model
    def _crm_shared(self, model_name, ids):
        """Return ``{(id, other id): {key types}}`` of the pairs that share a telling key."""
        self.env.cr.execute(
            SQL(
                """
                SELECT known.res_id, known.key_type, known.key, other.res_id
                  FROM crm_match_key known
            CROSS JOIN LATERAL (
                        SELECT res_id FROM crm_match_key
                         WHERE key_type = known.key_type AND key = known.key
                           AND kind = known.kind AND model = known.model
                           AND res_id != known.res_id
                         LIMIT %s
                       ) other
                 WHERE known.model = %s AND known.res_id = ANY(%s)
                   AND NOT (known.kind = 'person' AND known.key_type = 'name')
                """,
                _SHARED_BY,
                model_name,
                ids,
            )
        )
        by_key = defaultdict(list)
        for res_id, key_type, key, other_id in self.env.cr.fetchall():
            by_key[res_id, key_type, key].append(other_id)
        shared = defaultdict(set)
        for (res_id, key_type, _key), other_ids in by_key.items():
            if len(other_ids) < _SHARED_BY:
                for other_id in other_ids:
                    shared[tuple(sorted((res_id, other_id)))].add(key_type)
        return shared
