# SPDX-License-Identifier: LGPL-3.0-or-later
import re

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import email_normalize, html2plaintext, is_html_empty, remove_accents

from .crm_case_stage import CLOSED_STATES
from .crm_case_team import REQUESTER_KINDS

# A longer mail stays in the chatter only: the description is read on every screen.
DESCRIPTION_LIMIT = 256_000
# No mail server takes a longer address, and an index could not hold it: the mail would be lost.
EMAIL_LIMIT = 320
SUGGESTION_WORDS = 8
SUGGESTION_POOL = 200


class CrmCase(models.Model):
    """A question or a problem of a customer, a supplier or a department, until it is closed."""

    _name = "crm.case"
    _description = "Case"
    _inherit = ["mail.thread.cc", "mail.activity.mixin", "portal.mixin", "crm.timeline.source"]
    _order = "priority DESC, id"
    _rec_names_search = ["number", "name"]
    _check_company_auto = True
    _primary_email = "partner_email"
    _mail_post_access = "read"
    _crm_timeline_kinds = ("case",)
    _crm_timeline_state_field = "state"
    _mail_thread_customer = True

    def _default_team_id(self):
        teams = self.env["crm.case.team"].search(
            [("company_id", "in", [self.env.company.id, False])]
        )
        return (teams.filtered(lambda team: self.env.user in team.member_ids) or teams)[:1]

    def _default_user_id(self):
        user = self.env.user
        is_agent = user.has_group("crm_cases.crm_cases_group_agent") and not user._is_superuser()
        return user if is_agent else user.browse()

    def _domain_user_id(self):
        agents = self.env.ref("crm_cases.crm_cases_group_agent")
        return (
            "[('share', '=', False), ('company_ids', 'in', company_id),"
            f" ('all_group_ids', 'in', [{agents.id}])]"
        )

    number = fields.Char(readonly=True, copy=False)
    name = fields.Char("Subject", required=True, tracking=True)
    description = fields.Html()
    requester_kind = fields.Selection(
        REQUESTER_KINDS,
        "Requester Is",
        compute="_compute_requester_kind",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        tracking=True,
    )
    partner_id = fields.Many2one(
        "res.partner",
        "Requester",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )
    requesting_department_id = fields.Many2one(
        "res.partner",
        compute="_compute_requesting_department_id",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        ondelete="restrict",
        domain=[("type", "=", "department"), ("crm_account_kind_ids.code", "=", "internal")],
    )
    # Account and commercial entity follow partner_id only: a case stays with the account, and with
    # its portal users, when the requester changes job.
    crm_account_id = fields.Many2one(
        "res.partner",
        "Account",
        compute="_compute_crm_account_id",
        store=True,
        precompute=True,
        ondelete="restrict",
    )
    commercial_partner_id = fields.Many2one(
        "res.partner",
        "Commercial Entity",
        compute="_compute_commercial_partner_id",
        store=True,
        precompute=True,
        ondelete="restrict",
    )
    partner_email = fields.Char(
        "Email", compute="_compute_partner_email", store=True, readonly=False, precompute=True
    )
    email_normalized = fields.Char(
        compute="_compute_email_normalized", store=True, precompute=True, index=True
    )
    partner_phone = fields.Char(related="partner_id.phone", string="Phone")
    company_id = fields.Many2one(
        "res.company",
        compute="_compute_company_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    team_id = fields.Many2one(
        "crm.case.team",
        default=lambda self: self._default_team_id(),
        ondelete="restrict",
        check_company=True,
        index=True,
        tracking=True,
    )
    user_id = fields.Many2one(
        "res.users",
        "Responsible",
        default=lambda self: self._default_user_id(),
        domain=lambda self: self._domain_user_id(),
        check_company=True,
        tracking=True,
    )
    stage_id = fields.Many2one(
        "crm.case.stage",
        compute="_compute_stage_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        copy=False,
        ondelete="restrict",
        index=True,
        domain="['|', ('team_ids', '=', False), ('team_ids', '=', team_id)]",
        group_expand="_read_group_stage_ids",
        tracking=True,
    )
    state = fields.Selection(
        related="stage_id.category", string="State", store=True, precompute=True
    )
    is_closed = fields.Boolean("Closed", compute="_compute_is_closed", store=True, precompute=True)
    priority = fields.Selection(
        [("0", "Low"), ("1", "Normal"), ("2", "High"), ("3", "Urgent")],
        required=True,
        default="1",
        tracking=True,
    )
    type_id = fields.Many2one("crm.case.type", ondelete="restrict")
    tag_ids = fields.Many2many("crm.case.tag", string="Tags")
    product_id = fields.Many2one("product.product", check_company=True)
    # Portal users read their cases, but not the notes of the agents.
    resolution = fields.Html(
        copy=False,
        groups="base.group_user",
        help="How the case was resolved. It becomes the answer of a new solution.",
    )
    resolved_at = fields.Datetime(
        "Resolved on",
        compute="_compute_closing_dates",
        store=True,
        precompute=True,
        copy=False,
    )
    closed_at = fields.Datetime(
        "Closed on", compute="_compute_closing_dates", store=True, precompute=True, copy=False
    )
    reopen_count = fields.Integer("Times Reopened", readonly=True, copy=False)
    solution_link_ids = fields.One2many("crm.case.solution", "case_id", "Solutions")
    suggested_solution_ids = fields.Many2many(
        "crm.solution",
        string="Suggested Solutions",
        compute="_compute_suggested_solution_ids",
    )
    other_case_count = fields.Integer("Other Cases", compute="_compute_other_case_count")

    _number_uniq = models.UniqueIndex(
        "(company_id, number)", "Two cases of a company cannot share a number."
    )
    # IS NOT TRUE is how the ORM writes (is_closed, =, False): any other wording is never used.
    _open_idx = models.Index("(priority DESC, id) WHERE is_closed IS NOT TRUE")
    _open_team_idx = models.Index("(team_id, priority DESC, id) WHERE is_closed IS NOT TRUE")
    _open_user_idx = models.Index("(user_id, priority DESC, id) WHERE is_closed IS NOT TRUE")
    _account_idx = models.Index("(crm_account_id, id DESC) WHERE crm_account_id IS NOT NULL")
    _commercial_partner_idx = models.Index(
        "(commercial_partner_id, id DESC) WHERE commercial_partner_id IS NOT NULL"
    )

    @api.depends("number", "name")
    def _compute_display_name(self):
        for case in self:
            case.display_name = " ".join(filter(None, (case.number, case.name)))

    @api.depends("partner_id")
    def _compute_requester_kind(self):
        commercial = self.partner_id.commercial_partner_id
        own = self.env["res.company"].search([("partner_id", "in", commercial.ids)]).partner_id
        for case in self:
            kind = case._crm_guess_requester_kind(own)
            accepted = case.team_id._crm_accepted_kinds()
            case.requester_kind = kind if kind in accepted else accepted[0]

    @api.depends("partner_id", "requester_kind")
    def _compute_requesting_department_id(self):
        for case in self:
            account = case.partner_id.crm_account_id
            if case.requester_kind != "internal":
                case.requesting_department_id = False
            elif account.type == "department":
                case.requesting_department_id = account
            else:
                case.requesting_department_id = case.requesting_department_id

    @api.depends("partner_id", "requesting_department_id")
    def _compute_crm_account_id(self):
        for case in self:
            case.crm_account_id = case.requesting_department_id or case.partner_id.crm_account_id

    @api.depends("partner_id", "requesting_department_id")
    def _compute_commercial_partner_id(self):
        for case in self:
            requester = case.partner_id or case.requesting_department_id
            case.commercial_partner_id = requester.commercial_partner_id

    @api.depends("partner_id")
    def _compute_partner_email(self):
        for case in self:
            case.partner_email = case.partner_id.email or case.partner_email

    @api.depends("partner_email")
    def _compute_email_normalized(self):
        for case in self:
            email = email_normalize(case.partner_email, strict=False) or ""
            case.email_normalized = email if len(email) <= EMAIL_LIMIT else False

    @api.depends("team_id")
    def _compute_company_id(self):
        for case in self:
            if not case._origin or not case.company_id:
                case.company_id = case.team_id.company_id or case.company_id or self.env.company

    @api.depends("team_id")
    def _compute_stage_id(self):
        stages = self.env["crm.case.stage"].search([])
        for case in self:
            stage = case.stage_id
            if not stage or (stage.team_ids and case.team_id not in stage.team_ids):
                case.stage_id = stages._crm_pick(
                    case.team_id, stage.category or "new"
                ) or stages._crm_pick(case.team_id)

    @api.depends("state")
    def _compute_is_closed(self):
        for case in self:
            case.is_closed = case.state in CLOSED_STATES

    @api.depends("state")
    def _compute_closing_dates(self):
        now = fields.Datetime.now()
        for case in self:
            case.resolved_at = (case.resolved_at or now) if case.state in CLOSED_STATES else False
            case.closed_at = (case.closed_at or now) if case.state == "closed" else False

    @api.depends("name", "product_id", "company_id")
    def _compute_suggested_solution_ids(self):
        for case in self:
            case.suggested_solution_ids = case._crm_suggest_solutions()

    @api.depends("partner_id", "crm_account_id")
    def _compute_other_case_count(self):
        counts = {}
        for field_name in ("crm_account_id", "partner_id"):
            for partner, count in self._read_group(
                [(field_name, "in", self[field_name].ids)], [field_name], ["__count"]
            ):
                counts[field_name, partner.id] = count
        for case in self:
            key = "crm_account_id" if case.crm_account_id else "partner_id"
            own = bool(case._origin[key]) and case._origin[key] == case[key]._origin
            case.other_case_count = counts.get((key, case[key]._origin.id), 0) - own

    def _read_group_stage_ids(self, stages, domain):
        team_id = self.env.context.get("default_team_id")
        return stages.search(
            Domain("team_ids", "=", False)
            | (Domain("team_ids", "in", [team_id]) if team_id else Domain("id", "in", stages.ids))
        )

    @api.constrains("team_id", "requester_kind")
    def _check_requester_kind(self):
        labels = dict(self._fields["requester_kind"]._description_selection(self.env))
        problems = [
            self.env._(
                "%(team)s does not take cases of this kind: %(kind)s (%(case)s).",
                team=case.team_id.name,
                kind=labels[case.requester_kind],
                case=case.display_name,
            )
            for case in self
            if case.requester_kind not in case.team_id._crm_accepted_kinds()
        ]
        if problems:
            problems.append(self.env._("Choose another team or another kind of requester."))
            raise ValidationError("\n".join(problems))

    @api.model_create_multi
    def create(self, vals_list):
        cases = super().create(self._crm_number(vals_list))
        cases._crm_follow_requester()
        cases._crm_keep_reader()
        return cases

    def write(self, vals):
        if "company_id" in vals and any(case.company_id.id != vals["company_id"] for case in self):
            raise UserError(
                self.env._(
                    "A case keeps its number, so it cannot move to another company."
                    " Create a new case there."
                )
            )
        closed = self.filtered("is_closed")
        requesters = {case: case.partner_id for case in self} if "partner_id" in vals else {}
        result = super().write(vals)
        for case in closed.filtered(lambda case: not case.is_closed):
            case.reopen_count += 1
        for case, former in requesters.items():
            if case.partner_id != former:
                # Who holds the old link, or follows as the old requester, has no business here.
                case.sudo().access_token = False
                case.sudo().message_unsubscribe(former.ids)
        if requesters:
            self._crm_follow_requester()
        if {"team_id", "user_id"} & vals.keys():
            self._crm_keep_reader()
        return result

    def action_take(self):
        """Make the user responsible for the cases; fail when somebody was faster."""
        self.check_access("write")
        for case in self:
            if case.user_id and case.user_id != self.env.user:
                raise UserError(
                    self.env._(
                        "%(user)s has already taken the case %(case)s.",
                        user=case.user_id.name,
                        case=case.display_name,
                    )
                )
        self.user_id = self.env.user

    def action_answer(self):
        """Return the composer of an answer to the requester."""
        return self._crm_compose_answer()

    def action_resolve(self):
        """Move the open cases to their team's stage for resolved cases."""
        self.filtered(lambda case: not case.is_closed)._crm_move("resolved")

    def action_reopen(self):
        """Take the closed cases up again."""
        self.filtered("is_closed")._crm_move("in_progress", "new")

    def action_create_solution(self):
        """Return the solution written from the case; a draft is made at the first call."""
        self.ensure_one()
        self.check_access("write")
        solution = self.solution_link_ids.filtered(
            lambda link: link.role == "created_from"
        ).solution_id[:1]
        if not solution:
            solution = self.env["crm.solution"].create(self._prepare_solution_vals())
            self.env["crm.case.solution"]._crm_link(self, solution, "created_from")
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.solution",
            "res_id": solution.id,
            "views": [(False, "form")],
        }

    def action_view_other_cases(self):
        """Return the other cases of the same account, or of a requester without an account."""
        self.ensure_one()
        action = self._crm_list_action()
        action["name"] = self.env._("Other Cases")
        field_name = "crm_account_id" if self.crm_account_id else "partner_id"
        action["domain"] = [(field_name, "=", self[field_name].id), ("id", "!=", self.id)]
        action["context"] = {"default_partner_id": self.partner_id.id}
        return action

    def _crm_list_action(self):
        """Return the action of the cases with the list first: a board hides its last columns."""
        action = self.env["ir.actions.act_window"]._for_xml_id("crm_cases.crm_case_action")
        action["views"] = sorted(action["views"], key=lambda view: view[1] != "list")
        return action

    def _crm_suggest_solutions(self, limit=5):
        """Return at most ``limit`` published solutions, best first: those of the same product and
        those that share words with the subject, in the requester's language before others.
        """
        self.ensure_one()
        subject = (self.name or "").lower()
        words = list(dict.fromkeys(re.findall(r"[^\W_]{4,}", subject)))[:SUGGESTION_WORDS]
        matches = Domain.OR(
            Domain(field_name, "ilike", word)
            for field_name in ("name", "symptom")
            for word in words
        )
        if self.product_id:
            matches |= Domain("product_ids", "in", self.product_id.ids)
        solutions = self.env["crm.solution"].search(
            Domain("state", "=", "published")
            & Domain("company_id", "in", [self.company_id.id, False])
            & matches,
            limit=SUGGESTION_POOL,
        )
        words = [remove_accents(word) for word in words]
        scores = {}
        for solution in solutions:
            title = remove_accents(solution.name.lower())
            symptom = remove_accents(html2plaintext(solution.symptom or "").lower())
            score = 3 * bool(self.product_id & solution.product_ids)
            score += sum(2 * (word in title) + (word in symptom) for word in words)
            # Words that stand only in the markup of the symptom are no match.
            if score:
                same_language = solution.lang[:2] == (self.partner_id.lang or "")[:2]
                scores[solution] = score + same_language / 2
        return self.env["crm.solution"].union(
            *sorted(scores, key=lambda solution: (-scores[solution], -solution.id))[:limit]
        )

    def _prepare_solution_vals(self):
        self.ensure_one()
        answer = self.resolution
        if is_html_empty(answer):
            answer = self.message_ids.filtered(
                lambda message: (
                    message.message_type == "comment"
                    and not message.is_internal
                    and not message.subtype_id.internal
                    and message.author_id
                    and not message.author_id.partner_share
                    and message.author_id != self.partner_id
                )
            )[:1].body
        return {
            "name": self.name,
            "symptom": self.description,
            "answer": answer,
            "lang": self.partner_id.lang or self.env.user.lang,
            "product_ids": self.product_id.ids,
            "tag_ids": self.tag_ids.ids,
            "company_id": self.company_id.id,
        }

    def _crm_guess_requester_kind(self, own):
        """Return what the requester most likely is: one of our own people or departments, a
        supplier who is no customer, or else a customer.

        :param own: partners of our companies
        """
        self.ensure_one()
        partner = self.partner_id
        account = partner.crm_account_id
        codes = set((account.crm_account_kind_ids or partner.crm_account_kind_ids).mapped("code"))
        if not codes:
            codes = set(partner.commercial_partner_id.crm_account_kind_ids.mapped("code"))
        is_own = partner.commercial_partner_id._origin in own or not partner.partner_share
        if partner and (is_own or "internal" in codes):
            return "internal"
        if "supplier" in codes and "customer" not in codes:
            return "supplier"
        return "customer"

    @api.model
    def _crm_number(self, vals_list):
        """Return the values of new cases with their company and its next number."""
        numbered = []
        defaults = self.default_get(["team_id", "company_id"])
        sequences = {}
        for vals in vals_list:
            team = self.env["crm.case.team"].browse(vals.get("team_id", defaults.get("team_id")))
            company_id = (
                vals.get("company_id")
                or team.company_id.id
                or defaults.get("company_id")
                or self.env.company.id
            )
            numbered.append(vals | {"company_id": company_id})
            if vals.get("number"):
                continue
            if company_id not in sequences:
                sequences[company_id] = self.env["ir.sequence"].search(
                    [("code", "=", "crm.case"), ("company_id", "in", [company_id, False])],
                    order="company_id",
                    limit=1,
                )
            if not sequences[company_id]:
                raise UserError(
                    self.env._(
                        "The company %(company)s has no sequence for the numbers of cases."
                        " Create one with the code crm.case.",
                        company=self.env["res.company"].browse(company_id).name,
                    )
                )
            numbered[-1]["number"] = sequences[company_id].next_by_id()
        return numbered

    def _crm_move(self, *categories):
        """Move the cases to the first stage of their team that has one of the categories."""
        stages = self.env["crm.case.stage"].search([])
        targets = {case: stages._crm_pick(case.team_id, *categories) for case in self}
        missing = [case for case, stage in targets.items() if not stage]
        if missing:
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "There is no stage with the meaning %(meaning)s for the teams of these cases:"
                    " %(cases)s. A manager of cases can add one under Configuration.",
                    meaning=labels[categories[0]],
                    cases=", ".join(case.display_name for case in missing),
                )
            )
        for stage in stages.browse().union(*targets.values()):
            self.filtered(lambda case, stage=stage: targets[case] == stage).stage_id = stage

    def _crm_follow_requester(self):
        """Let the requesters follow their cases, so that every public message reaches them."""
        for partner, cases in self.filtered("partner_id").grouped("partner_id").items():
            cases._message_subscribe(partner.ids)

    def _crm_keep_reader(self):
        """Let who hands a case over go on reading it, as a follower. Without that, the screen
        would fail on a case that has just left the user's own cases.
        """
        if self.env.su:
            return
        lost = self - self._filtered_access("read")
        lost._message_subscribe(self.env.user.partner_id.ids)

    def _crm_compose_answer(self, solution=None):
        self.ensure_one()
        self.check_access("write")
        if not self.partner_id and self.email_normalized:
            self.partner_id = self._partner_find_from_emails_single([self.partner_email])
        if not self.partner_id:
            raise UserError(
                self.env._("Choose the requester, or write the e-mail address to answer to.")
            )
        context = {
            "default_model": self._name,
            "default_res_ids": self.ids,
            "default_composition_mode": "comment",
            "default_partner_ids": self.partner_id.ids,
        }
        if solution:
            context |= {"default_body": solution.answer, "crm_solution_id": solution.id}
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Answer"),
            "res_model": "mail.compose.message",
            "views": [(False, "form")],
            "target": "new",
            "context": context,
        }

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        body = msg_dict.get("body") or ""
        values = {
            "name": msg_dict.get("subject") or self.env._("No Subject"),
            "partner_id": msg_dict.get("author_id"),
            "description": body if len(body) <= DESCRIPTION_LIMIT else False,
        }
        # The gateway's user is nobody's agent.
        unassigned = self.with_context(default_user_id=False)
        return super(CrmCase, unassigned).message_new(msg_dict, values | (custom_values or {}))

    @api.model
    def _detect_loop_sender_domain(self, email_from_normalized):
        # Core compares with ilike, so a sender with % in the address would count for everybody.
        return [("email_normalized", "=", email_from_normalized)]

    def _message_post_after_hook(self, message, msg_values):
        result = super()._message_post_after_hook(message, msg_values)
        if message.message_type in ("comment", "email") and not (
            message.is_internal or message.subtype_id.internal
        ):
            self._crm_link_requester(message)
            self._crm_link_sent_solution()
            self._crm_take_up_reply(message)
        return result

    def _crm_link_requester(self, message):
        """Recognize the requester of a mail from a stranger, once somebody answers him."""
        if not self.partner_id and self.email_normalized:
            # sudo: who may answer the case, and has just answered this person, may name him.
            self.sudo().partner_id = message.partner_ids.filtered(
                lambda partner: partner.email_normalized == self.email_normalized
            )[:1]

    def _crm_link_sent_solution(self):
        solution_id = self.env.context.get("crm_solution_id")
        solution = self.env["crm.solution"].browse(solution_id).exists() if solution_id else None
        if solution:
            self.env["crm.case.solution"]._crm_link(self, solution, "sent")

    def _crm_take_up_reply(self, message):
        """Bring a case back to work when the requester writes again; closed cases stay closed."""
        author = message.author_id
        if self.state in ("waiting_requester", "resolved") and (
            author == self.partner_id or author.partner_share or not author
        ):
            # sudo: a portal user may reply to his case, but not move it.
            case = self.sudo()
            stages = case.env["crm.case.stage"].search([])
            case.stage_id = stages._crm_pick(case.team_id, "in_progress", "new") or case.stage_id

    def _creation_subtype(self):
        return self.env.ref("crm_cases.mt_case_new")

    def _notify_get_reply_to(self, default=None, author_id=False):
        # sudo: the address of the team is public, its set-up is not.
        teams = self.team_id.sudo()._notify_get_reply_to(default=default, author_id=author_id)
        replies = {case.id: teams[case.team_id.id] for case in self.filtered("team_id")}
        leftover = self.filtered(lambda case: not case.team_id)
        if leftover:
            replies.update(
                super(CrmCase, leftover)._notify_get_reply_to(default=default, author_id=author_id)
            )
        return replies

    def _notify_get_recipients_groups(self, message, model_description, msg_vals=False):
        # The mail is the whole answer: it shows no button until cases have a page in the portal.
        groups = super()._notify_get_recipients_groups(
            message, model_description, msg_vals=msg_vals
        )
        for name, _applies, values in groups:
            if name in ("portal_customer", "portal"):
                values["has_button_access"] = False
        return groups

    def _crm_timeline_fields(self):
        return super()._crm_timeline_fields() | {
            "company_id",
            "create_date",
            "crm_account_id",
            "name",
            "number",
            "partner_id",
            "state",
            "user_id",
        }

    def _crm_timeline_partners(self):
        return {case.id: case.partner_id or case.crm_account_id for case in self}

    def _crm_timeline_values(self):
        partners = self._crm_timeline_partners()
        return super()._crm_timeline_values() | {
            case.id: {
                "kind": "case",
                "date": case.create_date,
                "partners": partners[case.id],
                "accounts": {partners[case.id].id: case.crm_account_id},
                "title": case.display_name,
                "state": case.state,
                "user_id": case.user_id.id,
                "company_id": case.company_id.id,
            }
            for case in self
        }
