# SPDX-License-Identifier: LGPL-3.0-or-later
from collections import defaultdict

from odoo import api, fields, models, tools
from odoo.exceptions import AccessError, MissingError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

_PENDING = "crm_accounts.timeline"
_COMPILATION = "crm_accounts.compilation"
# What is to be done about the documents that wait for the end of the transaction.
_CHANGED, _NEW, _DONE = range(3)
_TITLE_LENGTH = 200
# What the people of a document are to its company and department, in ``rank``.
_FIRST_OF_COMPANY, _FIRST_OF_ACCOUNT, _FURTHER_PERSON = range(3)
_WRITTEN = (
    "res_model",
    "res_id",
    "position",
    "rank",
    "root_partner_id",
    "crm_account_id",
    "partner_id",
    "kind",
    "date",
    "anchor_model",
    "anchor_id",
    "user_id",
    "company_id",
    "direction",
    "title",
    "state",
    "amount",
    "currency_id",
    "planned",
)
_KEY = _WRITTEN[:3]
_PLACE = ("partner_id", "crm_account_id", "root_partner_id", "company_id")
_CHANGEABLE = [name for name in _WRITTEN if name not in _KEY]
_INSERT = SQL(
    "INSERT INTO crm_account_event (%s) VALUES", SQL(", ").join(map(SQL.identifier, _WRITTEN))
)
_OR_NOTHING = SQL("ON CONFLICT (res_model, res_id, position) DO NOTHING")
_OR_UPDATE = SQL(
    """
    ON CONFLICT (res_model, res_id, position) DO UPDATE SET (%(names)s) = ROW(%(new)s)
    WHERE (%(old)s) IS DISTINCT FROM (%(new)s)
    """,
    names=SQL(", ").join(map(SQL.identifier, _CHANGEABLE)),
    old=SQL(", ").join(SQL.identifier("crm_account_event", name) for name in _CHANGEABLE),
    new=SQL(", ").join(SQL.identifier("excluded", name) for name in _CHANGEABLE),
)
# What is about documents, with the field that holds their model.
_ABOUT = {"mail.message": "model", "mail.activity": "res_model", "calendar.event": "res_model"}
# Nothing is about a message or an activity.
_NEVER_MEANT = ("mail.message", "mail.activity")
_PARTNERS = ("partner_id", "crm_account_id")
_SHOWN = (
    "id",
    "date",
    "kind",
    "title",
    "state",
    "direction",
    "planned",
    "amount",
    "currency_id",
    "res_model",
    "res_id",
    "anchor_model",
    "anchor_id",
    "user_id",
    "position",
    *_PARTNERS,
)
# How many people, departments or users a menu has room for.
_CHOICES = 200
# How many events of an account one call looks through for those that the user may read.
_WINDOW = 10000
_MAX_ID = 2**31 - 1
# The same for one figure of an account, of which a list shows many: first so many, and a window
# of them for the accounts where that isn't enough.
_NEARBY = 200


class CrmAccountEvent(models.Model):
    """A pointer from the history of an account to a document.

    Nobody writes here: documents keep their own rows (see ``crm.timeline.source``). Company,
    account and person are those of the time, so that nothing moves when a person changes job.
    A user finds the rows whose anchor the user may read, by every access rule of that model.
    """

    _name = "crm.account.event"
    _description = "Account History"
    _order = "date DESC, id DESC"
    _rec_name = "title"
    _log_access = False

    root_partner_id = fields.Many2one(
        "res.partner", "Company", required=True, ondelete="cascade", readonly=True
    )
    crm_account_id = fields.Many2one(
        "res.partner",
        "Account",
        ondelete="set null",
        readonly=True,
        help="The company or department at the time.",
    )
    partner_id = fields.Many2one("res.partner", "Contact", ondelete="set null", readonly=True)
    kind = fields.Selection(
        [
            ("call", "Call"),
            ("visit", "Visit"),
            ("meeting", "Meeting"),
            ("email", "E-mail"),
            ("sms", "SMS"),
            ("note", "Note"),
            ("activity", "Planned Activity"),
            ("done", "Done Activity"),
        ],
        required=True,
        readonly=True,
    )
    date = fields.Datetime(required=True, readonly=True)
    direction = fields.Selection([("out", "Outgoing"), ("in", "Incoming")], readonly=True)
    title = fields.Char(index="trigram", readonly=True)
    state = fields.Char("State Code", readonly=True)
    planned = fields.Boolean("To Do", readonly=True)
    amount = fields.Monetary(
        readonly=True, aggregator="sum", groups="sales_team.group_sale_salesman"
    )
    currency_id = fields.Many2one("res.currency", readonly=True, ondelete="set null")
    user_id = fields.Many2one("res.users", "Responsible", ondelete="set null", readonly=True)
    company_id = fields.Many2one("res.company", "Our Company", ondelete="cascade", readonly=True)
    res_model = fields.Char("Source Model", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        "Source", model_field="res_model", required=True, readonly=True
    )
    anchor_model = fields.Char(
        "Document Model",
        required=True,
        readonly=True,
        help="Of the document that opens, and whose access rights decide who sees the event.",
    )
    anchor_id = fields.Many2oneReference(
        "Document", model_field="anchor_model", required=True, readonly=True
    )
    position = fields.Integer(required=True, readonly=True, aggregator=None)
    rank = fields.Integer(
        required=True,
        readonly=True,
        aggregator=None,
        help="0: the first row of the document for the company; 1: for the department; "
        "2: for a further person.",
    )
    document_name = fields.Char("Subject", compute="_compute_document_name")
    state_name = fields.Char("State", compute="_compute_state_name")
    late = fields.Boolean("Is Late", compute="_compute_late")

    # Without a partner in it: merging two contacts must never run into this index.
    _source_uniq = models.UniqueIndex("(res_model, res_id, position)")
    _anchor_idx = models.Index("(anchor_model, anchor_id)")
    _root_idx = models.Index("(root_partner_id, date DESC, id DESC)")
    _root_kind_idx = models.Index("(root_partner_id, kind, date DESC, id DESC)")
    _account_idx = models.Index("(crm_account_id, date DESC, id DESC)")
    _partner_idx = models.Index("(partner_id, date DESC, id DESC) WHERE partner_id IS NOT NULL")
    _planned_idx = models.Index("(root_partner_id, date) WHERE planned IS TRUE")
    _date_idx = models.Index("(date DESC, id DESC)")
    _user_idx = models.Index("(user_id, date DESC, id DESC)")

    @api.depends_context("uid", "lang", "allowed_company_ids")
    @api.depends("title", "res_model", "res_id")
    def _compute_document_name(self):
        titles = self._crm_unstored_titles((event.res_model, event.res_id) for event in self)
        for event in self:
            event.document_name = event.title or titles.get((event.res_model, event.res_id))

    @api.depends_context("lang")
    @api.depends("state", "res_model")
    def _compute_state_name(self):
        for event in self:
            event.state_name = self._crm_state_label(event.res_model, event.state)

    @api.depends_context("tz")
    @api.depends("planned", "date", "res_model")
    def _compute_late(self):
        for event in self:
            event.late = event.planned and self._crm_is_late(event.res_model, event.date)

    @api.depends("document_name", "kind")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for event in self:
            event.display_name = event.document_name or kinds.get(event.kind)

    # --- Rights -----------------------------------------------------------------------------

    @api.model
    def _search(self, domain, offset=0, limit=None, order=None, *, bypass_access=False, **kwargs):
        """Find the events whose document the user may read, and those of this transaction."""
        self._crm_process_queue()
        self._crm_spare_compilation()
        if not (self.env.su or bypass_access):
            domain = Domain(domain) & Domain.custom(
                to_sql=lambda model, alias, query: self._crm_readable_sql(alias)
            )
        return super()._search(domain, offset, limit, order, bypass_access=bypass_access, **kwargs)

    def _check_access(self, operation):
        result = super()._check_access(operation)
        if result or self.env.su or operation != "read" or not any(self._ids):
            return result
        if forbidden := self - self.search([("id", "in", self.ids)]):
            return forbidden, lambda: AccessError(
                self.env._("You may not read the documents of these events.")
            )
        return None

    def _crm_readable_sql(self, alias):
        """Return the condition that the anchor of the event called ``alias`` is a document that
        the user may read: one look-up by primary key per event, whatever the rules are.
        """
        sources = self._crm_sources()
        cases = []
        for model_name in self._crm_anchor_models():
            if model_name not in self.env:
                continue
            Model = self.env[model_name].with_context(active_test=False)
            if not Model.has_access("read"):
                continue
            hidden = model_name in sources
            query = Model._search(Model._crm_timeline_anchor_domain() if hidden else Domain.TRUE)
            if query.is_empty():
                continue
            query.add_where(
                SQL(
                    "%s = %s",
                    SQL.identifier(query.table, "id"),
                    SQL.identifier(alias, "anchor_id"),
                )
            )
            # As a scalar: EXISTS would be turned into a hash of the whole table.
            cases.append(SQL("WHEN %s THEN (%s) IS NOT NULL", model_name, query.select(SQL("1"))))
        if not cases:
            return SQL("FALSE")
        return SQL(
            "CASE %s %s ELSE FALSE END",
            SQL.identifier(alias, "anchor_model"),
            SQL(" ").join(cases),
        )

    @api.model
    def _crm_spare_compilation(self):
        """Keep the database from compiling queries until the end of this transaction: the access
        rules in those of the history look so dear to its planner that it would spend half a
        second on preparing what takes a few milliseconds.
        """
        if _COMPILATION not in self.env.cr.cache:
            self.env.cr.execute("SET LOCAL jit TO off")
            self.env.cr.cache[_COMPILATION] = False

    @api.model
    @tools.ormcache()
    def _crm_anchor_models(self):
        """Return the names of the models that events are anchored to."""
        # Jumps from name to name in the index: a DISTINCT would read all of it.
        self.env.cr.execute(
            """
            WITH RECURSIVE anchor AS (
                (SELECT anchor_model FROM crm_account_event ORDER BY anchor_model LIMIT 1)
                UNION ALL
                SELECT (
                    SELECT event.anchor_model FROM crm_account_event event
                     WHERE event.anchor_model > anchor.anchor_model
                  ORDER BY event.anchor_model LIMIT 1
                ) FROM anchor WHERE anchor.anchor_model IS NOT NULL
            )
            SELECT anchor_model FROM anchor WHERE anchor_model IS NOT NULL
            """
        )
        return tuple(name for (name,) in self.env.cr.fetchall())

    @api.model
    @tools.ormcache()
    def _crm_sources(self):
        """Return the names of the models whose documents appear in the history."""
        return frozenset(
            name
            for name in self.env.registry.descendants(["crm.timeline.source"], "_inherit")
            if not self.env[name]._abstract
        )

    # --- Keeping up with the documents --------------------------------------------------------

    @api.model
    def _crm_queue(self, model_name, ids, new=False):
        """Bring the events of these documents up to date before the transaction ends.

        :param new: whether the documents were just made, and so have no events yet
        """
        precommit = self.env.cr.precommit
        if _PENDING not in precommit.data:
            precommit.data[_PENDING] = defaultdict(dict)
            precommit.add(self.env(su=True, context={})[self._name]._crm_finish_queue)
        known = precommit.data[_PENDING][model_name]
        for res_id in ids:
            # What is new stays so until its events are made.
            known[res_id] = _NEW if new or known.get(res_id) == _NEW else _CHANGED

    @api.model
    def _crm_process_queue(self):
        """Bring the documents that this transaction has changed so far up to date."""
        self.env.flush_all()
        queue = self.env.cr.precommit.data.get(_PENDING, {})
        # The messages of a document that went to another customer join the queue on the way.
        while todo := {
            model_name: ids
            for model_name, known in queue.items()
            if (ids := {res_id: state for res_id, state in known.items() if state != _DONE})
        }:
            for model_name, ids in todo.items():
                queue[model_name].update(dict.fromkeys(ids, _DONE))
                self._crm_sync_all(model_name, ids)

    @api.model
    def _crm_finish_queue(self):
        # All of them: what was done in between may have been rolled back to a savepoint.
        while pending := self.env.cr.precommit.data.pop(_PENDING, None):
            for model_name, ids in pending.items():
                self._crm_sync_all(model_name, ids)

    @api.model
    def _crm_sync_all(self, model_name, states):
        events = self.env(su=True, context={})[self._name]
        for some_ids in tools.split_every(1000, sorted(states)):
            new = {res_id for res_id in some_ids if states[res_id] == _NEW}
            events._crm_sync(model_name, some_ids, new)

    @api.model
    def _crm_sync(self, model_name, ids, new=(), correspondence=True):
        """Make the events of these documents what the documents are now; return their number.
        Those that are ``new`` have none yet. Their ``correspondence`` follows where they came to
        other partners, accounts or companies.

        Calling it again changes nothing. Two transactions that do it for the same document at
        once are told apart by the unique index: one of them is run again.
        """
        ids = list(ids)
        known = defaultdict(dict)
        if old := [res_id for res_id in ids if res_id not in new]:
            for res_id, position, *place in self.env.execute_query(
                SQL(
                    """
                    SELECT res_id, position, partner_id, crm_account_id, root_partner_id, company_id
                      FROM crm_account_event WHERE res_model = %s AND res_id = ANY(%s)
                    """,
                    model_name,
                    old,
                )
            ):
                known[res_id][position] = tuple(place)
        Source = self.env[model_name].with_context(active_test=False)
        documents = self._crm_existing(Source.browse(ids), Source._crm_timeline_fields())
        values = documents._crm_timeline_values()
        rows, moved = [], []
        for document in documents:
            before = known.pop(document.id, {})
            after = self._crm_rows(document, values.get(document.id), before.values())
            rows += after
            places = {tuple(row[name] for name in _PLACE) for row in after}
            # What is about a new document was made after it.
            if document.id not in new and places != {*before.values()}:
                moved.append(document.id)
            known[document.id] = before.keys() - {row["position"] for row in after}
        surplus = [
            (model_name, res_id, position)
            for res_id, positions in known.items()
            for position in positions
        ]
        if surplus:
            self.env.cr.execute(
                SQL(
                    "DELETE FROM crm_account_event WHERE (res_model, res_id, position) IN %s",
                    tuple(surplus),
                )
            )
        self._crm_upsert(rows, _OR_UPDATE if old else _OR_NOTHING)
        self.invalidate_model()
        if moved and correspondence and model_name not in _NEVER_MEANT:
            self._crm_queue_correspondence(model_name, moved)
        return len(rows)

    @api.model
    def _crm_existing(self, records, names=()):
        """Return those of the records that exist, with these fields. What the cache of the
        transaction holds exists: it is emptied of what is deleted or rolled back.
        """
        if not names and not records._log_access:
            return records.exists()
        names = names or ["create_date"]
        # Of what was just made Odoo never keeps rich text; who needs it reads it.
        kept = [name for name in names if records._fields[name].type != "html"]

        def is_cached(record):
            return all(name in record._cache for name in kept)

        asked = records.filtered(lambda record: not is_cached(record))
        if not asked:
            return records
        asked.fetch(names)
        missing = asked.filtered(lambda record: not is_cached(record))
        return records - (missing - missing.exists()) if missing else records

    @api.model
    def _crm_rows(self, document, values, known):
        """Return the rows of a document, one for each of its people and accounts. Of a person
        who is in the ``known`` rows (partner, account, root, company), or in those of the document
        that this one is about, the account stays as it was.
        """
        if not values:
            return []
        anchor = values.get("anchor", document)
        shared = dict.fromkeys(_WRITTEN) | {
            "res_model": document._name,
            "res_id": document.id,
            "anchor_model": anchor._name,
            "anchor_id": anchor.id,
            "planned": False,
        }
        for name in (
            "kind",
            "date",
            "user_id",
            "company_id",
            "direction",
            "state",
            "amount",
            "currency_id",
            "planned",
        ):
            shared[name] = values.get(name) or shared[name]
        # Pages are told apart by dates as the client has them, in whole seconds. Rows that were
        # written by SQL may have no date.
        date = shared["date"] or document.create_date or fields.Datetime.now()
        shared["date"] = fields.Datetime.to_datetime(date).replace(microsecond=0)
        if values.get("title"):
            shared["title"] = " ".join(values["title"].split())[:_TITLE_LENGTH]
        at_the_time = {row[0]: row[1:3] for row in known} | values.get("places", {})
        rows, roots, accounts = [], set(), set()
        for partner in values.get("partners", self.env["res.partner"]):
            account = values.get("accounts", {}).get(partner.id)
            account_id, root_id = at_the_time.get(partner.id, (None, None))
            if not root_id or account and account.id != account_id:
                account = account or partner.crm_account_id
                account_id = account.id or None
                root_id = (account or partner).commercial_partner_id.id
            if root_id not in roots:
                rank = _FIRST_OF_COMPANY
            elif account_id not in accounts:
                rank = _FIRST_OF_ACCOUNT
            else:
                rank = _FURTHER_PERSON
            roots.add(root_id)
            accounts.add(account_id)
            rows.append(
                shared
                | {
                    "position": len(rows),
                    "rank": rank,
                    "root_partner_id": root_id,
                    "crm_account_id": account_id,
                    "partner_id": partner.id,
                }
            )
        return rows

    @api.model
    def _crm_upsert(self, rows, on_conflict):
        if not rows:
            return
        if {row["anchor_model"] for row in rows} - set(self._crm_anchor_models()):
            self.env.registry.clear_cache()
            # Another thread may have filled it again without the rows of this transaction.
            self.env.cr.postcommit.add(self.env.registry.clear_cache)
        values = SQL(", ").join(SQL("%s", tuple(row[name] for name in _WRITTEN)) for row in rows)
        self.env.cr.execute(SQL("%s %s %s", _INSERT, values, on_conflict))

    @api.model
    def _crm_queue_merged(self, partner):
        """The partner has become one of several: what showed each of them once must show it
        once.
        """
        for column, rank in (
            ("root_partner_id", _FIRST_OF_COMPANY),
            ("crm_account_id", _FIRST_OF_ACCOUNT),
            ("partner_id", _FURTHER_PERSON),
        ):
            repeated = self.env.execute_query(
                SQL(
                    """
                    SELECT res_model, res_id FROM crm_account_event
                     WHERE %s = %s AND rank <= %s GROUP BY res_model, res_id HAVING COUNT(*) > 1
                    """,
                    SQL.identifier(column),
                    partner.id,
                    rank,
                )
            )
            for model_name, res_id in repeated:
                self._crm_queue(model_name, [res_id])

    @api.model
    def _crm_queue_correspondence(self, model_name, ids):
        """The documents went to another customer: what was written about them goes along."""
        for source, model_field in _ABOUT.items():
            found = self.env[source].with_context(active_test=False)
            query = found._search(
                Domain(model_field, "=", model_name)
                & Domain("res_id", "in", ids)
                & found._crm_timeline_domain()
            )
            self._crm_queue(source, [row[0] for row in self.env.execute_query(query.select())])

    @api.model
    def _crm_correspondence(self, keys):
        """Return ``{(model, id): (document, its accounts and people, places)}`` of the documents
        that exist and have any. Places, as in ``_crm_timeline_values``, are those of the time.
        """
        sources = self._crm_sources()
        ids = defaultdict(set)
        for model_name, res_id in keys:
            ids[model_name].add(res_id)
        found = {}
        for model_name, res_ids in ids.items():
            # The messages of a user's own record are no history of an account.
            if (
                model_name not in self.env
                or model_name == "res.users"
                or self.env[model_name]._abstract
            ):
                continue
            documents = self.env[model_name].with_context(active_test=False).browse(res_ids)
            documents = self._crm_existing(documents)
            places = defaultdict(dict)
            if model_name in sources:
                partners = documents._crm_timeline_partners()
                for res_id, partner_id, *place in self.env.execute_query(
                    SQL(
                        """
                        SELECT res_id, partner_id, crm_account_id, root_partner_id
                          FROM crm_account_event WHERE res_model = %s AND res_id = ANY(%s)
                        """,
                        model_name,
                        documents.ids,
                    )
                ):
                    places[res_id][partner_id] = tuple(place)
            else:
                partners = documents._mail_get_partners()
            for document in documents:
                if partners.get(document.id):
                    about = (document, partners[document.id], places[document.id])
                    found[model_name, document.id] = about
        return found

    # --- Reading a page ---------------------------------------------------------------------

    @api.model
    @api.readonly
    def crm_history(self, partner_id, filters=None, cursor=None, limit=40, whole_group=False):
        """Return a page of the history of an account or contact, the newest events first.

        :param filters: a dictionary with any of ``kinds`` (list), ``person_id``,
            ``department_id``, ``user_id``, ``date_from`` and ``date_to`` (UTC, the latter
            excluded) and ``text`` (found in the title).
        :param cursor: ``next`` of the page before; False or None for the first page.
        :param whole_group: with everything below: subsidiaries, departments.
        :return: ``events`` and, on the first page, ``upcoming`` (lists of dictionaries), and
            ``next`` (False at the end). A page may be shorter than ``limit`` although there is a
            next one: where the user may read few of the documents, a call looks through a
            bounded number.
        :raise AccessError: when the user may not read the account.
        :raise ValidationError: when a parameter isn't what is described above.
        """
        filters = filters or {}
        self._crm_check_request(partner_id, filters, cursor, limit)
        partner = self._crm_readable_partner(partner_id)
        limit = min(max(limit, 1), 200)
        scope = self._crm_scope(partner, filters, whole_group)
        wanted = self._crm_filter_domain(filters)
        now = fields.Datetime.now()
        past = wanted & Domain("planned", "=", False) & Domain("date", "<=", now)
        rows, following = self._crm_page(scope, past, cursor, limit)
        page = {"next": following, "upcoming": []}
        if not cursor:
            upcoming = [
                wanted & Domain("date", ">", now),
                wanted & Domain("planned", "=", True) & Domain("date", "<=", now),
            ]
            todo = self._crm_fetch(scope, upcoming, limit, ascending=True)
            todo = [row for row in todo if row["number"] <= _WINDOW][:limit]
        else:
            todo = []
        described = self._crm_describe(todo + rows)
        page["upcoming"], page["events"] = described[: len(todo)], described[len(todo) :]
        return page

    @api.model
    @api.readonly
    def crm_history_choices(self, partner_id):
        """Return what the history of an account or contact can be filtered by: ``kinds``,
        ``people``, ``departments`` and ``users``, each a list of ``[value, label]``; ``more``:
        where there are others too, the domain of all, by name; ``group``: whether there is more
        below than its own history; ``can_log`` calls and visits, and ``can_note``; and
        ``progress``: how much of the earlier documents is in the history, in percent.

        :raise AccessError: when the user may not read the account.
        """
        self._crm_check_request(partner_id, {}, None, 1)
        partner = self._crm_readable_partner(partner_id)
        readable = set()
        for model_name in self._crm_sources():
            if self.env[model_name].has_access("read"):
                readable.update(self.env[model_name]._crm_timeline_kinds)
        kinds = self._fields["kind"]._description_selection(self.env)
        choices, more = {}, {}
        for name, (model_name, domain) in self._crm_choices(partner).items():
            found = self.env[model_name].search_fetch(
                domain, ["name"], limit=_CHOICES + 1, order="name"
            )
            choices[name] = [[record.id, record.name] for record in found[:_CHOICES]]
            if len(found) > _CHOICES:
                more[name] = list(domain)
        return {
            "kinds": [[kind, label] for kind, label in kinds if kind in readable],
            **choices,
            "more": more,
            "group": partner.crm_is_account and len(partner._crm_history_scope(True)[1]) > 1,
            "can_log": self.env["crm.call"].has_access("create"),
            "can_note": partner.has_access("write"),
            "progress": self.env["crm.timeline.backfill"]._crm_progress(),
        }

    @api.model
    def _crm_choices(self, partner):
        """Return ``{name: (model, domain)}`` of what the history of the partner is filtered by."""
        below = Domain.FALSE
        if partner.crm_is_account:
            below = Domain("id", "child_of", partner.id) & Domain("id", "!=", partner.id)
        return {
            "people": ("res.partner", below & Domain(partner._crm_people_domain())),
            "departments": ("res.partner", below & Domain("type", "=", "department")),
            "users": ("res.users", Domain("share", "=", False)),
        }

    @api.model
    def _crm_check_request(self, partner_id, filters, cursor, limit):
        """Raise one sentence that names everything that is not what a client may send."""

        def is_id(value):
            return type(value) is int and 0 < value <= _MAX_ID

        def is_date(value):
            try:
                return bool(fields.Datetime.to_datetime(value))
            except (TypeError, ValueError):
                return False

        kinds = {kind for kind, _label in self._fields["kind"]._description_selection(self.env)}
        given = filters if isinstance(filters, dict) else {}
        correct = {
            "partner_id": is_id(partner_id),
            "filters": isinstance(filters, dict),
            "kinds": isinstance(given.get("kinds") or [], (list, tuple))
            and all(isinstance(kind, str) and kind in kinds for kind in given.get("kinds") or []),
            "text": isinstance(given.get("text") or "", str)
            and "\0" not in (given.get("text") or ""),
            "cursor": not cursor
            or (
                isinstance(cursor, (list, tuple))
                and len(cursor) == 2
                and is_date(cursor[0])
                and is_id(cursor[1])
            ),
            "limit": type(limit) is int,
        }
        for name in ("person_id", "department_id", "user_id"):
            correct[name] = not given.get(name) or is_id(given[name])
        for name in ("date_from", "date_to"):
            correct[name] = not given.get(name) or is_date(given[name])
        if wrong := [name for name, right in correct.items() if not right]:
            raise ValidationError(
                self.env._(
                    "The history cannot be shown with these values: %(names)s. Clear the filters "
                    "and try again.",
                    names=", ".join(wrong),
                )
            )

    @api.model
    def _crm_scope(self, partner, filters, whole_group):
        """Return where to look: column, ids and ranks as ``_crm_history_scope`` says, and
        whether a document may be found under several of the ids.
        """
        column, ids, ranks = partner._crm_history_scope(whole_group)
        # A person, and a department, has one row of each document, whatever its rank.
        if filters.get("person_id"):
            return column, ids, [_FIRST_OF_COMPANY, _FIRST_OF_ACCOUNT, _FURTHER_PERSON], False
        if filters.get("department_id"):
            return column, ids, [_FIRST_OF_COMPANY, _FIRST_OF_ACCOUNT], False
        return column, ids, ranks, len(ids) > 1

    @api.model
    def _crm_readable_partner(self, partner_id):
        self.browse().check_access("read")
        partners = self.env["res.partner"].with_context(active_test=False)
        partner = partners.search_fetch(
            [("id", "=", partner_id)], ["crm_is_account", "is_company", "type"]
        )
        if not partner:
            partners.browse(partner_id).check_access("read")
            raise MissingError(self.env._("This account or contact does not exist any more."))
        return partner

    @api.model
    def _crm_filter_domain(self, filters):
        domain = Domain.TRUE
        if filters.get("kinds"):
            domain &= Domain("kind", "in", filters["kinds"])
        for name, field_name, operator in (
            ("person_id", "partner_id", "="),
            ("department_id", "crm_account_id", "="),
            ("user_id", "user_id", "="),
            ("date_from", "date", ">="),
            ("date_to", "date", "<"),
        ):
            if filters.get(name):
                domain &= Domain(field_name, operator, filters[name])
        if text := (filters.get("text") or "").strip():
            found = Domain("title", "ilike", text)
            for model_name in self._crm_sources():
                Source = self.env[model_name].with_context(active_test=False)
                titled = Source._crm_timeline_title_domain(text)
                if not titled.is_false() and Source.has_access("read"):
                    # The titles are read by the user's rights, the events by nobody's yet.
                    ids = [
                        row[0] for row in self.env.execute_query(Source._search(titled).select())
                    ]
                    found |= Domain("res_model", "=", model_name) & Domain("res_id", "in", ids)
            domain &= found
        return domain

    @api.model
    def _crm_page(self, scope, domain, cursor, limit):
        """Return the rows of a page and the cursor of the next one, or False."""
        rows = self._crm_fetch(scope, [domain], limit, cursor)
        # Where the look-out over an account ended before the account did, its last row is there
        # to say so: older rows of the others belong to the next page.
        ends = [(row["date"], row["id"] + 1) for row in rows if row["number"] > _WINDOW]
        rows = [row for row in rows if row["number"] <= _WINDOW]
        if ends:
            end = max(ends)
            rows = [row for row in rows if (row["date"], row["id"]) >= end]
            following = end
        if len(rows) >= limit:
            rows = rows[:limit]
            following = (rows[-1]["date"], rows[-1]["id"])
        elif not ends:
            return rows, False
        return rows, [fields.Datetime.to_string(following[0]), following[1]]

    @api.model
    def _crm_nearest(self, scope, domains, ascending=False):
        """Return ``{id: row}``: of each account of the scope the last event (or with ``ascending``
        the first) that the user may read, among so many of each of the domains; in two queries.
        """
        column, _ids, ranks, several = scope
        rows = self._crm_nearest_rows(scope, domains, ascending, _NEARBY, ends=True)
        found = {row["scope_id"]: row for row in rows if row["number"] <= _NEARBY}
        # Where the look-out ended before anything was found, there may be more behind it.
        if ended := [row["scope_id"] for row in rows if row["number"] > _NEARBY]:
            scope = (column, ended, ranks, several)
            rows = self._crm_nearest_rows(scope, domains, ascending, _WINDOW)
            found |= {row["scope_id"]: row for row in rows}
        return found

    @api.model
    def _crm_nearest_rows(self, scope, domains, ascending, limit, ends=False):
        """Return, of each account of the scope, the first event that the user may read among
        ``limit`` of each domain; with ``ends`` the event at which the look-out for a domain ends
        (its ``number`` is over the limit), where that one comes before.
        """
        direction = SQL("ASC") if ascending else SQL("DESC")
        columns = [SQL.identifier(self._table, name) for name in _SHOWN]
        columns.append(
            SQL("row_number() OVER (ORDER BY date %s, id %s) AS number", direction, direction)
        )
        nearest = [
            SQL(
                """
                (SELECT * FROM (%(window)s) AS %(table)s WHERE number > %(limit)s OR %(readable)s
               ORDER BY date %(direction)s, id %(direction)s LIMIT 1)
                """,
                window=self._crm_window(scope, domain, None, ascending, limit + ends).select(
                    *columns
                ),
                table=SQL.identifier(self._table),
                readable=self._crm_readable_sql(self._table),
                limit=limit,
                direction=direction,
            )
            for domain in domains
        ]
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT scope.id AS scope_id, event.*
                  FROM unnest(%(ids)s) AS scope(id) CROSS JOIN LATERAL (
                    SELECT * FROM (%(nearest)s) AS found
                  ORDER BY date %(direction)s, id %(direction)s LIMIT 1
                ) AS event
                """,
                ids=list(scope[1]),
                nearest=SQL(" UNION ALL ").join(nearest),
                direction=direction,
            )
        )

    @api.model
    def _crm_is_late(self, res_model, date):
        """Return whether something planned for ``date`` is late. An activity has a day, at whose
        noon it stands here, and all of that day in the time zone of the user to be done.
        """
        if res_model == "mail.activity":
            return date.date() < fields.Date.context_today(self)
        return date < fields.Datetime.now()

    @api.model
    def _crm_contact_domains(self):
        """Return what counts as having been in touch: a call that was answered, a visit or a
        meeting that took place, an e-mail. One domain a kind: there is an index for each.
        """
        return [
            Domain("kind", "=", kind) & Domain("date", "<=", fields.Datetime.now()) & more
            for kind, more in (
                ("call", Domain("state", "=", "answered")),
                ("visit", Domain("state", "=", "done")),
                ("meeting", Domain.TRUE),
                ("email", Domain.TRUE),
                ("sms", Domain.TRUE),
            )
        ]

    @api.model
    def _crm_window(self, scope, domain, cursor=None, ascending=False, limit=_WINDOW + 1):
        """Return the query of the events that a call looks through, for ``scope.id``."""
        column, _ids, ranks, _several = scope
        order = "date ASC, id ASC" if ascending else "date DESC, id DESC"
        query = self.sudo()._search(domain & Domain("rank", "in", ranks), order=order, limit=limit)
        table = self._table
        query.add_where(SQL("%s = scope.id", SQL.identifier(table, column)))
        if cursor:
            query.add_where(
                SQL(
                    "(%s, %s) < (%s, %s)",
                    SQL.identifier(table, "date"),
                    SQL.identifier(table, "id"),
                    fields.Datetime.to_datetime(cursor[0]),
                    int(cursor[1]),
                )
            )
        return query

    @api.model
    def _crm_fetch(self, scope, domains, limit, cursor=None, ascending=False):
        """Return the rows, as dictionaries, of the first events that the user may read, and of
        the event at which the look-out over an account ends (its ``number`` is over the window).
        The domains must exclude each other.
        """
        table = SQL.identifier(self._table)
        columns = [SQL.identifier(self._table, name) for name in _SHOWN]
        direction = SQL("ASC") if ascending else SQL("DESC")
        columns.append(
            SQL("row_number() OVER (ORDER BY date %s, id %s) AS number", direction, direction)
        )
        windows = SQL(" UNION ALL ").join(
            SQL("(%s)", self._crm_window(scope, domain, cursor, ascending).select(*columns))
            for domain in domains
        )
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT event.* FROM unnest(%(ids)s) AS scope(id) CROSS JOIN LATERAL (
                    SELECT * FROM (%(windows)s) AS %(table)s
                     WHERE number > %(window)s OR (%(readable)s AND %(first)s)
                  ORDER BY date %(direction)s, id %(direction)s LIMIT %(limit)s
                ) AS event
              ORDER BY event.date %(direction)s, event.id %(direction)s
                """,
                ids=list(scope[1]),
                windows=windows,
                table=table,
                readable=self._crm_readable_sql(self._table),
                first=self._crm_first_sql(scope),
                direction=direction,
                window=_WINDOW,
                limit=limit,
            )
        )

    @api.model
    def _crm_first_sql(self, scope):
        """Return the condition that a row is the first one of its document in the scope."""
        column, ids, ranks, several = scope
        if not several:
            return SQL("TRUE")
        return SQL(
            """
            (position = 0 OR NOT EXISTS (
                SELECT FROM crm_account_event twin
                 WHERE twin.res_model = %(table)s.res_model AND twin.res_id = %(table)s.res_id
                   AND twin.position < %(table)s.position AND twin.rank = ANY(%(ranks)s)
                   AND %(column)s = ANY(%(ids)s)
            ))
            """,
            table=SQL.identifier(self._table),
            ranks=list(ranks),
            column=SQL.identifier("twin", column),
            ids=list(ids),
        )

    @api.model
    def _crm_describe(self, rows):
        """Return what the client shows of the rows, by the user's rights."""
        users = self.env["res.users"].with_context(active_test=False)
        users = users.search_fetch(
            [("id", "in", list({row["user_id"] for row in rows} - {None}))], ["partner_id"]
        )
        wanted = {row[name] for row in rows for name in _PARTNERS} - {None}
        partners = self.env["res.partner"].with_context(active_test=False)
        partners = partners.search_fetch(
            [("id", "in", list(wanted.union(users.partner_id.ids)))], ["name", "crm_is_account"]
        )
        names = {partner.id: partner.name or "" for partner in partners}
        accounts = set(partners.filtered("crm_is_account").ids)
        user_names = {user.id: names.get(user.partner_id.id, "") for user in users}
        titles = self._crm_unstored_titles(
            (row["res_model"], row["res_id"]) for row in rows if not row["title"]
        )
        events = []
        for row in rows:
            Source = self.env[row["res_model"]]
            amount = row["amount"] is not None and Source._has_field_access(
                Source._fields[Source._crm_timeline_amount_field], "read"
            )
            person_id = row["partner_id"]
            account_id = row["crm_account_id"]
            events.append(
                {
                    "id": row["id"],
                    "kind": row["kind"],
                    "date": fields.Datetime.to_string(row["date"]),
                    "title": row["title"] or titles.get((row["res_model"], row["res_id"])) or False,
                    "state": self._crm_state_label(row["res_model"], row["state"]),
                    "direction": row["direction"] or False,
                    "planned": row["planned"],
                    "amount": row["amount"] if amount else False,
                    "currency_id": row["currency_id"] or False,
                    "model": row["anchor_model"],
                    "res_id": row["anchor_id"],
                    "source_model": row["res_model"],
                    "source_id": row["res_id"],
                    "person": person_id in names
                    and person_id not in accounts
                    and [person_id, names[person_id]],
                    "account": account_id in names and [account_id, names[account_id]],
                    "user": row["user_id"] in user_names
                    and [row["user_id"], user_names[row["user_id"]]],
                }
            )
        return events

    def action_open_document(self):
        """Return the form of the document that the event stands for."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": self.anchor_model,
            "res_id": self.anchor_id,
            "views": [(False, "form")],
        }

    # --- What a document says -----------------------------------------------------------------

    @api.model
    def _crm_unstored_titles(self, keys):
        """Return ``{(model, id): title}`` of the documents that keep their titles to
        themselves, as the user may see them.
        """
        ids = defaultdict(set)
        for model_name, res_id in keys:
            ids[model_name].add(res_id)
        return {
            (model_name, res_id): title
            for model_name in ids.keys() & self._crm_sources()
            for res_id, title in self.env[model_name]
            ._crm_timeline_titles(sorted(ids[model_name]))
            .items()
        }

    @api.model
    def _crm_state_label(self, model_name, state):
        if not state or model_name not in self.env:
            return False
        Source = self.env[model_name]
        field = Source._fields.get(Source._crm_timeline_state_field)
        return field and dict(field._description_selection(self.env)).get(state, False)
