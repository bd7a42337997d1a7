# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import http
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.portal.controllers.portal import pager as portal_pager

REPORT = "crm_sales_docs.action_report_crm_delivery_note"
FILTERS = {
    "all": [],
    "to_sign": [("state", "=", "done"), ("signed_on", "=", False)],
    "delivery": [("note_type", "=", "delivery")],
    "return": [("note_type", "=", "return")],
    "cancel": [("state", "=", "cancel")],
}


class DeliveryNotePortal(CustomerPortal):
    """What customers see of their delivery notes."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "delivery_note_count" in counters:
            notes = request.env["crm.delivery.note"]
            values["delivery_note_count"] = (
                notes.search_count(self._crm_delivery_note_domain())
                if notes.has_access("read")
                else 0
            )
        return values

    def _crm_delivery_note_domain(self):
        # as the access rule of customers; whoever works here sees the own ones on this page, too
        return [
            ("partner_id", "child_of", request.env.user.partner_id.commercial_partner_id.ids),
            ("state", "in", ["done", "cancel"]),
        ]

    def _crm_delivery_note_sortings(self):
        return {
            "date": {"label": request.env._("Newest"), "order": "date desc, id desc"},
            "date_asc": {"label": request.env._("Oldest"), "order": "date, id"},
            "name": {"label": request.env._("Number"), "order": "name, id"},
        }

    def _crm_delivery_note_filters(self):
        labels = {
            "all": request.env._("All"),
            "to_sign": request.env._("To Sign"),
            "delivery": request.env._("Deliveries"),
            "return": request.env._("Returns"),
            "cancel": request.env._("Cancelled"),
        }
        return {name: {"label": label, "domain": FILTERS[name]} for name, label in labels.items()}

    # not readonly: the links to the notes get their tokens here
    @http.route(
        ["/my/delivery-notes", "/my/delivery-notes/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
    )
    def portal_my_delivery_notes(self, page=1, sortby=None, filterby=None, **kwargs):
        sortings = self._crm_delivery_note_sortings()
        filters = self._crm_delivery_note_filters()
        sortby = sortby if sortby in sortings else "date"
        filterby = filterby if filterby in filters else "all"
        notes = request.env["crm.delivery.note"]
        domain = [*self._crm_delivery_note_domain(), *filters[filterby]["domain"]]
        readable = notes.has_access("read")
        pager = portal_pager(
            url="/my/delivery-notes",
            total=notes.search_count(domain) if readable else 0,
            page=page,
            step=self._items_per_page,
            url_args={"sortby": sortby, "filterby": filterby},
        )
        if readable:
            notes = notes.search(
                domain,
                order=sortings[sortby]["order"],
                limit=self._items_per_page,
                offset=pager["offset"],
            )
        request.session["my_delivery_notes_history"] = notes.ids[:100]
        return request.render(
            "crm_sales_docs.portal_my_delivery_notes",
            {
                **self._prepare_portal_layout_values(),
                # prices of the ones that show them
                "delivery_notes": notes.sudo(),
                "page_name": "delivery_note",
                "pager": pager,
                "default_url": "/my/delivery-notes",
                "searchbar_sortings": sortings,
                "sortby": sortby,
                "searchbar_filters": filters,
                "filterby": filterby,
            },
        )

    def _crm_delivery_note(self, note_id, access_token):
        """Return the note, as superuser, if the visitor may see it: else none.

        A customer sees what was issued; a draft is nobody's business yet.
        """
        try:
            note_sudo = self._document_check_access(
                "crm.delivery.note", note_id, access_token=access_token
            )
        except (AccessError, MissingError):
            return request.env["crm.delivery.note"]
        if note_sudo.state == "draft" and request.env.user.share:
            return request.env["crm.delivery.note"]
        return note_sudo

    def _crm_delivery_note_refusal(self):
        return request.env._(
            "This delivery note does not exist or belongs to another customer. Use the link that "
            "was sent to you, or open the list of your delivery notes."
        )

    @http.route(["/my/delivery-notes/<int:note_id>"], type="http", auth="public", website=True)
    def portal_delivery_note_page(
        self, note_id, report_type=None, access_token=None, message=False, download=False, **kwargs
    ):
        note_sudo = self._crm_delivery_note(note_id, access_token)
        if not note_sudo:
            response = request.render(
                "crm_sales_docs.portal_delivery_note_refused",
                {
                    **self._prepare_portal_layout_values(),
                    "page_name": "delivery_note",
                    "refusal": self._crm_delivery_note_refusal(),
                },
            )
            response.status_code = 404
            return response
        if report_type in ("html", "pdf"):
            # the original is the one that the issuer prints
            request.update_context(crm_copy=True)
            return self._show_report(
                model=note_sudo, report_type=report_type, report_ref=REPORT, download=download
            )
        values = {
            "delivery_note": note_sudo,
            "message": message,
            "report_type": "html",
            "page_name": "delivery_note",
            "res_company": note_sudo.company_id,
            "returns": note_sudo.return_ids.filtered(lambda note: note.state == "done"),
        }
        values = self._get_page_view_values(
            note_sudo, access_token, values, "my_delivery_notes_history", False, **kwargs
        )
        return request.render("crm_sales_docs.delivery_note_portal_template", values)

    @http.route(
        ["/my/delivery-notes/<int:note_id>/sign"], type="jsonrpc", auth="public", website=True
    )
    def portal_delivery_note_sign(self, note_id, access_token=None, name=None, signature=None):
        # the form sends the token in the address
        access_token = access_token or request.httprequest.args.get("access_token")
        note_sudo = self._crm_delivery_note(note_id, access_token)
        if not note_sudo:
            return {"error": self._crm_delivery_note_refusal()}
        user = request.env.user
        if not user.share and not note_sudo.with_user(user).has_access("write"):
            return {"error": self._crm_delivery_note_refusal()}
        author = note_sudo.partner_id if user._is_public() else user.partner_id
        try:
            note_sudo._crm_sign(
                name, signature, ip=request.httprequest.remote_addr, author_id=author.id
            )
        except UserError as error:
            return {"error": str(error)}
        return {
            "force_refresh": True,
            "redirect_url": note_sudo.get_portal_url(query_string="&message=sign_ok"),
        }
