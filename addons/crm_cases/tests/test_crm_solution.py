# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import CrmCasesCommon


@tagged("post_install", "-at_install")
class TestCrmSolution(CrmCasesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.solution"].search([]).state = "retired"

    def _new_draft(self, user, **values):
        return (
            self.env["crm.solution"]
            .with_user(user)
            .create({"name": "Draft", "answer": "<p>Answer</p>"} | values)
        )

    def test_author_writes_a_draft(self):
        with Form(self.env["crm.solution"].with_user(self.author)) as form:
            form.name = "New"
            form.answer = "<p>Answer</p>"
        solution = form.record
        self.assertEqual(solution.state, "draft")
        self.assertEqual(solution.author_id, self.author)
        self.assertRegex(solution.number, r"^S\d{5,}$")
        self.assertEqual(solution.display_name, f"{solution.number} New")

    def test_author_publishes_nothing(self):
        solution = self._new_draft(self.author)
        with self.assertRaisesRegex(AccessError, "Only a publisher"):
            solution.action_publish()
        with self.assertRaisesRegex(AccessError, "Only a publisher"):
            solution.write({"state": "retired"})
        with self.assertRaisesRegex(AccessError, "Only a publisher"):
            self._new_draft(self.author, state="published")

    def test_author_reads_but_does_not_write_the_drafts_of_others(self):
        solution = self._new_draft(self.publisher).with_user(self.author)
        self.assertTrue(solution.has_access("read"))
        self.assertFalse(solution.has_access("write"))

    def test_author_does_not_write_a_published_solution(self):
        solution = self._crm_new_solution().with_user(self.author)
        with self.assertRaises(AccessError):
            solution.answer = "<p>Better</p>"

    def test_author_does_not_write_in_the_name_of_another(self):
        with self.assertRaises(AccessError):
            self._new_draft(self.author, author_id=self.publisher.id)

    def test_publisher_publishes_retires_and_takes_back(self):
        solution = self._new_draft(self.author).with_user(self.publisher)
        solution.action_publish()
        self.assertEqual(solution.state, "published")
        solution.action_retire()
        self.assertEqual(solution.state, "retired")
        solution.action_draft()
        self.assertEqual(solution.state, "draft")

    def test_agent_reads_what_is_published(self):
        draft = self._new_draft(self.author).with_user(self.agent)
        published = self._crm_new_solution().with_user(self.agent)
        self.assertFalse(draft.has_access("read"))
        self.assertTrue(published.has_access("read"))
        self.assertFalse(published.has_access("write"))

    def test_user_without_a_role_reads_no_solution(self):
        self.assertFalse(self._crm_new_solution().with_user(self.user_salesman).has_access("read"))

    def test_solution_of_another_company_is_hidden(self):
        solution = self._crm_new_solution(company_id=self.company_b.id)
        self.assertFalse(solution.with_user(self.publisher).has_access("read"))
        solution.company_id = False
        self.assertTrue(solution.with_user(self.publisher).has_access("read"))

    def test_publishing_needs_an_answer(self):
        empty = self._new_draft(self.publisher, name="Empty One", answer="<p><br></p>")
        other = self._new_draft(self.publisher, name="Empty Two", answer=False)
        with self.assertRaisesRegex(UserError, "Empty One.*Empty Two"):
            (empty | other).action_publish()

    def test_published_solution_keeps_its_answer(self):
        solution = self._crm_new_solution()
        with self.assertRaisesRegex(UserError, "Write the answer"):
            solution.answer = False

    def test_only_drafts_are_deleted(self):
        self._new_draft(self.author).unlink()
        with self.assertRaisesRegex(UserError, "Only drafts"):
            self._crm_new_solution().with_user(self.publisher).unlink()

    def test_copy_is_a_draft_of_its_own(self):
        solution = self._crm_new_solution()
        copy = solution.with_user(self.publisher).copy()
        self.assertEqual(copy.name, "Solution (copy)")
        self.assertEqual(copy.state, "draft")
        self.assertEqual(copy.author_id, self.publisher)
        self.assertNotEqual(copy.number, solution.number)

    def test_use_counts_distinct_cases(self):
        solution = self._crm_new_solution()
        cases = self._crm_new_case() | self._crm_new_case() | self._crm_new_case()
        links = self.env["crm.case.solution"]
        for case, role in (
            (cases[0], "sent"),
            (cases[0], "resolved_by"),
            (cases[1], "resolved_by"),
            (cases[2], "created_from"),
        ):
            links._crm_link(case, solution, role)
            links._crm_link(case, solution, role)
        self.assertEqual(solution.case_count, 2)
        self.assertEqual(len(solution.case_link_ids), 4)
        found = self.env["crm.case"].search(solution.action_view_cases()["domain"])
        self.assertEqual(found, cases[:2])

    def test_agent_reads_why_the_list_of_cases_is_empty(self):
        action = self._crm_new_solution().with_user(self.agent).action_view_cases()
        self.assertIn("may not open the cases", action["help"])

    def test_link_is_named_after_the_solution(self):
        solution = self._crm_new_solution()
        link = self.env["crm.case.solution"]._crm_link(self._crm_new_case(), solution, "sent")
        self.assertEqual(link.display_name, solution.display_name)

    def test_agent_marks_a_suggestion_as_used(self):
        case = self._crm_new_case(user_id=self.agent.id)
        solution = self._crm_new_solution().with_user(self.agent)
        solution.with_context(crm_case_id=case.id).action_resolve_case()
        self.assertEqual(case.solution_link_ids.role, "resolved_by")

    def test_solution_is_not_used_in_a_foreign_case(self):
        case = self._crm_new_case(user_id=self.agent_other.id)
        solution = self._crm_new_solution().with_user(self.agent)
        with self.assertRaises(AccessError):
            solution.with_context(crm_case_id=case.id).action_answer_case()

    def test_solution_is_used_in_a_saved_case_only(self):
        with self.assertRaisesRegex(UserError, "Save the case first"):
            self._crm_new_solution().action_resolve_case()

    def test_suggestion_by_words_of_the_subject(self):
        wifi = self._crm_new_solution(name="Wireless network is not found")
        symptom = self._crm_new_solution(name="Router", symptom="<p>wireless is gone</p>")
        self._crm_new_solution(name="Invoice copy")
        case = self._crm_new_case(name="The WIRELESS network has gone", user_id=self.agent.id)
        self.assertEqual(
            case.with_user(self.agent)._crm_suggest_solutions().ids, (wifi | symptom).ids
        )

    def test_suggestion_by_product_comes_first(self):
        words = self._crm_new_solution(name="Terminal is slow")
        product = self._crm_new_solution(name="Reset", product_ids=self.product.ids)
        case = self._crm_new_case(name="Terminal broken", product_id=self.product.id)
        self.assertEqual(case.suggested_solution_ids.ids, (product | words).ids)

    def test_suggestion_reads_accents_and_plurals(self):
        solution = self._crm_new_solution(name="Las baterías y la conexión")
        case = self._crm_new_case(name="Batería descargada, CONEXIÓN perdida")
        self.assertIn(solution, case._crm_suggest_solutions())

    def test_suggestion_prefers_the_language_of_the_requester(self):
        self.env["res.lang"]._activate_lang("es_419")
        spanish = self._crm_new_solution(name="Terminal", lang="es_419")
        english = self._crm_new_solution(name="Terminal", lang="en_US")
        self.contact.lang = "es_419"
        case = self._crm_new_case(name="Terminal")
        self.assertEqual(case._crm_suggest_solutions().ids, (spanish | english).ids)

    def test_suggestion_of_published_solutions_of_the_company(self):
        self._crm_new_solution(name="Terminal", state="draft")
        self._crm_new_solution(name="Terminal", company_id=self.company_b.id)
        case = self._crm_new_case(name="Terminal")
        self.assertFalse(case._crm_suggest_solutions())

    def test_suggestion_ignores_the_markup(self):
        self._crm_new_solution(symptom='<p class="strong">None</p>')
        self.assertFalse(self._crm_new_case(name="strong class")._crm_suggest_solutions())

    def test_suggestion_takes_any_subject(self):
        for name in ("?", "%%%%", "____", "a b c", "🙂", "' | ! & :* ()", "word " * 5000):
            with self.subTest(name=name[:20]):
                self._crm_new_case(name=name)._crm_suggest_solutions()

    def test_suggestion_is_limited(self):
        for _index in range(4):
            self._crm_new_solution(name="Terminal")
        case = self._crm_new_case(name="Terminal")
        self.assertEqual(len(case._crm_suggest_solutions(limit=3)), 3)

    def _author_agent(self):
        return self._crm_new_user(
            "author_agent",
            "crm_cases.crm_cases_group_agent,crm_cases.crm_cases_group_solution_author",
        )

    def test_solution_is_written_from_a_case(self):
        user = self._author_agent()
        case = self._crm_new_case(
            user_id=user.id,
            name="No light",
            description="<p>It is dark.</p>",
            resolution="<p>New lamp.</p>",
            product_id=self.product.id,
        ).with_user(user)
        action = case.action_create_solution()
        solution = self.env["crm.solution"].browse(action["res_id"])
        self.assertEqual(solution.name, "No light")
        self.assertIn("It is dark.", solution.symptom)
        self.assertIn("New lamp.", solution.answer)
        self.assertEqual(solution.state, "draft")
        self.assertEqual(solution.product_ids, self.product)
        self.assertEqual(case.solution_link_ids.role, "created_from")
        self.assertEqual(solution.case_count, 0)

    def test_solution_is_written_from_a_case_once(self):
        user = self._author_agent()
        case = self._crm_new_case(user_id=user.id).with_user(user)
        first = case.action_create_solution()["res_id"]
        self.assertEqual(case.action_create_solution()["res_id"], first)

    def test_solution_takes_the_last_answer_without_a_resolution(self):
        user = self._author_agent()
        case = self._crm_new_case(user_id=user.id).with_user(user)
        for author, body, subtype in (
            (user.partner_id, "The answer", "mail.mt_comment"),
            (user.partner_id, "A note", "mail.mt_note"),
            (self.contact, "Thank you", "mail.mt_comment"),
        ):
            case.sudo().message_post(
                author_id=author.id, body=body, message_type="comment", subtype_xmlid=subtype
            )
        solution = self.env["crm.solution"].browse(case.action_create_solution()["res_id"])
        self.assertIn("The answer", solution.answer)

    def test_agent_who_is_no_author_writes_no_solution(self):
        case = self._crm_new_case(user_id=self.agent.id)
        with self.assertRaises(AccessError):
            case.with_user(self.agent).action_create_solution()
