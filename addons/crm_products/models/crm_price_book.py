# SPDX-License-Identifier: LGPL-3.0-or-later
import json
from datetime import datetime, time

import pytz

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command, Domain
from odoo.tools import format_date, is_html_empty, split_every

from ..price_book.quantities import MOST, format_quantity, is_quantity, parse_quantities
from ..price_book.rows import PriceRow
from ..price_book.table import PriceTable
from ..user_domain import read_domain

# Up to this many lines a book is made while its author waits, above it in the background.
MADE_AT_ONCE = 500
# Longer books are made as a spreadsheet only: nobody turns over a thousand pages.
MOST_PRINTED = 20_000
MOST_PRICES = 20
CHUNK = 1000
_PREVIEWED = 10
_MAIL_LAYOUT = "mail.mail_notification_layout_with_responsible_signature"
_SHOWN = ("reference", "barcode", "category", "unit", "description")


class CrmPriceBook(models.Model):
    """What to print of the prices, for whom, and how. Its versions hold the prices."""

    _name = "crm.price.book"
    _description = "Price Book"
    _inherit = ["crm.system.fields.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "name, id"
    _rec_names_search = ["name", "partner_id"]
    _check_company_auto = True
    _mail_post_access = "read"
    _crm_system_fields = frozenset({"version_seq"})

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    state = fields.Selection(
        [("draft", "Draft"), ("published", "Published")],
        "Status",
        required=True,
        readonly=True,
        default="draft",
        copy=False,
        tracking=True,
        help="A draft is seen by its author and by sales managers, a published book by all "
        "salespeople.",
    )
    user_id = fields.Many2one(
        "res.users",
        "Author",
        required=True,
        index=True,
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        copy=False,
        tracking=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    partner_id = fields.Many2one(
        "res.partner",
        "Customer",
        index="btree_not_null",
        check_company=True,
        tracking=True,
        help="The book takes the price list and the language of the customer, and is sent there.",
    )
    lang = fields.Selection(
        selection="_selection_lang",
        string="Language",
        compute="_compute_lang",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    pricelist_ids = fields.Many2many(
        "product.pricelist",
        string="Price Lists",
        compute="_compute_pricelist_ids",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        help="Each one becomes a group of columns. Without any, the sales prices of the products "
        "are printed.",
    )
    date = fields.Date(
        "Prices On",
        help="The prices that are valid at noon of this day. Without a date, those of the moment "
        "at which a version is made.",
    )
    quantities = fields.Json("Quantity List", default=[1.0])
    quantity_text = fields.Char(
        "Quantities",
        compute="_compute_quantity_text",
        inverse="_inverse_quantity_text",
        help="One column of prices for each quantity, in the unit of the product. Separate them "
        "by semicolons: 1; 10; 100",
    )

    sold_only = fields.Boolean("Only What Is Sold", default=True)
    category_ids = fields.Many2many(
        "product.category",
        string="Categories",
        help="Products of these categories and of those below them.",
    )
    product_ids = fields.Many2many(
        "product.template", string="Only These Products", check_company=True
    )
    product_domain = fields.Char("Filter")
    level = fields.Selection(
        [("template", "Product"), ("variant", "Variant of a product")],
        "One Line for Each",
        required=True,
        default="variant",
    )

    group_by_category = fields.Boolean(default=True)
    sort_by = fields.Selection(
        [("reference", "Reference"), ("name", "Name")], required=True, default="reference"
    )
    show_picture = fields.Boolean("Pictures")
    show_reference = fields.Boolean("Reference", default=True)
    show_barcode = fields.Boolean("Barcode")
    show_category = fields.Boolean("Category")
    show_unit = fields.Boolean("Unit", default=True)
    show_description = fields.Boolean("Sales Description")
    show_customer_code = fields.Boolean(
        "Customer Codes",
        default=True,
        help="How the customer numbers and calls the product, where that is known.",
    )
    show_cover = fields.Boolean("Cover Page")
    title = fields.Char(translate=True, help="On the cover and above the prices; else the name.")
    intro = fields.Html(
        "Text", translate=True, help="On the cover page; without a cover, above the prices."
    )

    version_ids = fields.One2many("crm.price.book.version", "book_id", "Versions", copy=False)
    version_count = fields.Integer(compute="_compute_versions")
    last_version_id = fields.Many2one("crm.price.book.version", compute="_compute_versions")
    last_version_date = fields.Datetime("Made On", related="last_version_id.create_date")
    pdf_file_id = fields.Many2one("crm.price.book.file", "PDF", compute="_compute_files")
    xlsx_file_id = fields.Many2one("crm.price.book.file", "Spreadsheet", compute="_compute_files")
    is_in_progress = fields.Boolean(compute="_compute_is_in_progress")
    problem = fields.Text(compute="_compute_is_in_progress")
    line_count = fields.Integer("Lines", compute="_compute_preview")
    preview = fields.Html(compute="_compute_preview", sanitize=False)
    can_edit = fields.Boolean(compute="_compute_can_edit")
    version_seq = fields.Integer("Versions Made", readonly=True, copy=False, aggregator=None)

    _name_idx = models.Index("(name, id)")
    _name_length = models.Constraint(
        "CHECK (length(name) <= 500)",
        "The name of a price book cannot be longer than 500 characters: shorten it.",
    )

    @api.model
    def _selection_lang(self):
        return self.env["res.lang"].get_installed()

    @api.depends("partner_id")
    def _compute_lang(self):
        for book in self:
            book.lang = book.partner_id.lang or book.lang or self.env.lang or self.env.user.lang

    @api.depends("partner_id", "company_id")
    def _compute_pricelist_ids(self):
        for book in self:
            partner = book.partner_id.with_company(book.company_id)
            if pricelist := partner.property_product_pricelist:
                book.pricelist_ids = pricelist
            else:
                book.pricelist_ids = book.pricelist_ids

    @api.depends_context("lang")
    @api.depends("quantities")
    def _compute_quantity_text(self):
        point = self._crm_decimal_point()
        for book in self:
            book.quantity_text = "; ".join(
                format_quantity(quantity, point) for quantity in book.quantities or []
            )

    def _inverse_quantity_text(self):
        for book in self:
            book.quantities = book._crm_quantities()

    @api.depends("version_ids.state")
    def _compute_versions(self):
        versions = self.env["crm.price.book.version"]
        counts = dict(versions._read_group([("book_id", "in", self.ids)], ["book_id"], ["__count"]))
        last = dict(
            versions._read_group(
                [("book_id", "in", self.ids), ("state", "=", "done")], ["book_id"], ["id:max"]
            )
        )
        for book in self:
            book.version_count = counts.get(book._origin, 0)
            book.last_version_id = last.get(book._origin, False)

    @api.depends("version_ids.state", "version_ids.file_ids.state")
    def _compute_files(self):
        versions = self.last_version_id
        files = {
            (file.version_id, file.kind): file
            for file in versions.file_ids
            if file.state == "done" and not file.base_version_id
        }
        for book in self:
            book.pdf_file_id = files.get((book.last_version_id, "pdf"), False)
            book.xlsx_file_id = files.get((book.last_version_id, "xlsx"), False)

    @api.depends("version_ids.state", "version_ids.file_ids.state")
    def _compute_is_in_progress(self):
        for book in self:
            unfinished = book._origin._crm_unfinished()
            book.is_in_progress = any(part.state == "waiting" for part in unfinished)
            book.problem = "\n".join(
                dict.fromkeys(part.error for part in unfinished if part.state == "failed")
            )

    @api.depends_context("lang", "uid")
    @api.depends(
        "company_id",
        "partner_id",
        "lang",
        "pricelist_ids",
        "date",
        "quantity_text",
        "sold_only",
        "category_ids",
        "product_ids",
        "product_domain",
        "level",
        "group_by_category",
        "sort_by",
        "show_picture",
        "show_reference",
        "show_barcode",
        "show_category",
        "show_unit",
        "show_description",
        "show_customer_code",
    )
    def _compute_preview(self):
        for book in self:
            try:
                products, book.line_count = book._crm_first_products()
                settings = book._crm_settings()
            except UserError as error:
                book.line_count = 0
                book.preview = self.env["ir.qweb"]._render(
                    "crm_products.crm_price_book_preview_problem", {"problem": str(error)}
                )
                continue
            rows = self._crm_rows(products, settings, book._crm_moment())
            book.preview = self.env["ir.qweb"]._render(
                "crm_products.crm_price_book_preview",
                {
                    "table": PriceTable(products.env, settings),
                    "rows": rows,
                    "model": products._name,
                    "pictured": book.show_picture
                    and products.with_context(bin_size=True).filtered("image_128")._ids,
                    "summary": book._crm_preview_summary(len(rows)),
                },
            )

    @api.depends_context("uid")
    @api.depends("state")
    def _compute_can_edit(self):
        for book in self:
            book.can_edit = not book._origin or book._origin.has_access("write")

    @api.constrains("product_domain")
    def _check_product_domain(self):
        for book in self:
            book._crm_user_domain()

    @api.constrains("pricelist_ids", "quantities")
    def _check_price_columns(self):
        for book in self:
            quantities = book._crm_checked_quantities()
            count = max(len(book.pricelist_ids), 1) * len(quantities)
            if not quantities:
                raise ValidationError(
                    self.env._("Enter at least one quantity for “%(book)s”.", book=book.name)
                )
            if len(quantities) > MOST or count > MOST_PRICES:
                raise ValidationError(
                    self.env._(
                        "“%(book)s” has %(count)s columns of prices. Choose fewer price lists or "
                        "quantities: at most %(quantities)s quantities and %(prices)s columns.",
                        book=book.name,
                        count=count,
                        quantities=MOST,
                        prices=MOST_PRICES,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        self._crm_check_publishing(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        self._crm_check_publishing([vals])
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_versions(self):
        if made := self.filtered("version_ids"):
            raise UserError(
                self.env._(
                    "%(books)s: versions of these price books were made and are kept. Archive the "
                    "books instead.",
                    books=", ".join(made.mapped("name")),
                )
            )

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        for book, vals in zip(self, vals_list, strict=True):
            vals["name"] = (default or {}).get("name") or self.env._(
                "%(name)s (copy)", name=book.name
            )
        return vals_list

    def action_publish(self):
        """Show these books to all salespeople; what they contain is not changed any more."""
        return self.write({"state": "published"})

    def action_draft(self):
        """Let these books be changed again; only their authors and sales managers see them."""
        return self.write({"state": "draft"})

    def action_create_version(self):
        """Make a new version with the prices of now: at once, or in the background when it is
        long. The author is told when that one is ready.
        """
        self.ensure_one()
        self.check_access("write")
        # Who comes second waits for nothing: the same version would be made twice.
        if not self.try_lock_for_update():
            raise UserError(
                self.env._(
                    "A version of “%(book)s” is being made at this moment. Look again in a minute.",
                    book=self.name,
                )
            )
        if waiting := self.version_ids.filtered(lambda version: version.state == "waiting"):
            raise UserError(
                self.env._(
                    "%(user)s started version %(number)s of “%(book)s”, which is still being "
                    "made. Wait until it is ready.",
                    user=waiting[0].user_id.name,
                    number=waiting[0].number,
                    book=self.name,
                )
            )
        ids = self._crm_product_ids()
        if not ids:
            raise UserError(
                self.env._(
                    "“%(book)s” has no products. Choose other categories or another filter.",
                    book=self.name,
                )
            )
        previous = self.last_version_id
        self.sudo().version_seq += 1
        kinds = ["xlsx", "pdf"] if len(ids) <= MOST_PRINTED else ["xlsx"]
        # Versions are made here only, so that nobody can change what was sent.
        version = (
            self.env["crm.price.book.version"]
            .sudo()
            .create(
                {
                    "book_id": self.id,
                    "number": self.version_seq,
                    "previous_id": previous.id,
                    "date": self._crm_moment(),
                    "user_id": self.env.uid,
                    "lang": self.lang,
                    "settings": self._crm_settings(),
                    "row_count": len(ids),
                    "chunk_ids": [
                        Command.create({"sequence": number, "product_ids": list(some)})
                        for number, some in enumerate(split_every(CHUNK, ids))
                    ],
                    "file_ids": [Command.create({"kind": kind}) for kind in kinds],
                }
            )
            .sudo(False)
        )
        if len(ids) <= MADE_AT_ONCE:
            version._crm_make_now(version.file_ids)
        else:
            version._crm_make_later()
        return True

    def action_retry(self):
        """Go on with what failed."""
        self.ensure_one()
        self.check_access("write")
        failed = [part for part in self._crm_unfinished() if part.state == "failed"]
        for part in failed:
            part.sudo().write({"state": "waiting", "error": False})
        for version in {part._crm_version() for part in failed}:
            if version.row_count <= MADE_AT_ONCE:
                version._crm_make_now(
                    version.file_ids.filtered(lambda file: file.state == "waiting")
                )
            else:
                version._crm_make_later()
        return True

    def action_stop(self):
        """Give up the version that is being made."""
        self.ensure_one()
        self.check_access("write")
        for part in self._crm_unfinished():
            if part.state == "waiting":
                reason = self.env._("Stopped by %(user)s.", user=self.env.user.name)
                part.sudo().write({"state": "failed", "error": reason})
        return True

    def action_print(self):
        """Return what downloads the PDF of the last version."""
        return self.pdf_file_id._crm_download()

    def action_export(self):
        """Return what downloads the spreadsheet of the last version."""
        return self.xlsx_file_id._crm_download()

    def action_send(self):
        """Return the dialog that sends the last version by e-mail."""
        self.ensure_one()
        return self._crm_compose(
            self.pdf_file_id | self.xlsx_file_id, "crm_products.mail_template_price_book"
        )

    def action_compare(self):
        """Return the dialog that shows what changed between two versions."""
        self.ensure_one()
        return self.last_version_id.action_compare()

    def action_crm_explain_price(self):
        """Return the dialog that explains a price of this book, of a product yet to be chosen."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "crm_products.crm_price_explanation_action"
        )
        action["context"] = {
            "default_product_tmpl_id": self.product_ids[:1].id,
            "default_pricelist_id": self.pricelist_ids[:1].id,
            "default_quantity": (self.quantities or [1.0])[0],
            "default_date": fields.Datetime.to_string(self._crm_moment()),
        }
        return action

    def action_view_versions(self):
        """Return the list of the versions of this book."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_products.crm_price_book_version_action"
        )
        return action | {"domain": [("book_id", "=", self.id)]}

    @api.readonly
    def crm_progress(self):
        """Return how far the making of a version is, as ``percent`` and ``text``, or False when
        nothing is being made.
        """
        self.ensure_one()
        self.check_access("read")
        waiting = [part for part in self._crm_unfinished() if part.state == "waiting"]
        return bool(waiting) and waiting[0]._crm_progress()

    def _crm_compose(self, files, template):
        """Return the dialog that sends files of this book by e-mail."""
        if not files:
            raise UserError(
                self.env._(
                    "There is nothing to send yet: make a version of “%(book)s” first.",
                    book=self.name,
                )
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Send by Email"),
            "res_model": "mail.compose.message",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_model": self._name,
                "default_res_ids": self.ids,
                "default_composition_mode": "comment",
                "default_template_id": self.env.ref(template).id,
                "default_attachment_ids": files.attachment_id.ids,
                "default_email_layout_xmlid": _MAIL_LAYOUT,
                "force_email": True,
                "hide_mail_template_management_options": True,
            },
        }

    @api.model
    def _crm_check_publishing(self, vals_list):
        if (
            not self.env.su
            and any("state" in vals for vals in vals_list)
            and not self.env.user.has_group("sales_team.group_sale_manager")
        ):
            raise AccessError(
                self.env._("Only a sales manager publishes price books or takes them back.")
            )

    def _crm_unfinished(self):
        """Return the last version, or else the files of versions, that are not made yet."""
        versions = self.env["crm.price.book.version"]
        last = versions.search([("book_id", "in", self.ids)], order="number DESC", limit=1)
        if last and last.state != "done":
            return [last]
        return list(
            self.env["crm.price.book.file"].search(
                [
                    ("version_id.book_id", "in", self.ids),
                    ("version_id.state", "=", "done"),
                    ("state", "!=", "done"),
                ]
            )
        )

    def _crm_checked_quantities(self):
        """Return the quantities; a client may have written anything into them."""
        quantities = self.quantities or []
        wrong = quantities
        if isinstance(quantities, list):
            wrong = [each for each in quantities if not is_quantity(each)]
        if wrong:
            raise self._crm_quantity_error(json.dumps(wrong))
        return quantities

    def _crm_quantity_error(self, wrong):
        return ValidationError(
            self.env._(
                "These are not quantities above zero: %(wrong)s. Write numbers without "
                "thousands separators and put semicolons between them, as in 1; 10; 100.",
                wrong=wrong,
            )
        )

    @api.model
    def _crm_decimal_point(self):
        return self.env["res.lang"]._get_data(code=self.env.lang or "en_US").decimal_point or "."

    def _crm_quantities(self):
        """Return the quantities that the user wrote."""
        try:
            return parse_quantities(self.quantity_text, self._crm_decimal_point())
        except ValueError as error:
            raise self._crm_quantity_error(str(error)) from None

    def _crm_moment(self):
        """Return the moment (UTC) whose prices the book shows."""
        self.ensure_one()
        if not self.date or self.date == fields.Date.context_today(self):
            return fields.Datetime.now()
        zone = pytz.timezone(self.env.context.get("tz") or self.env.user.tz or "UTC")
        noon = zone.localize(datetime.combine(self.date, time(12)))
        return noon.astimezone(pytz.utc).replace(tzinfo=None)

    def _crm_user_domain(self):
        """Return the domain that the user put together."""
        try:
            return read_domain(self.product_domain, self.env["product.template"])
        except ValueError:
            raise ValidationError(
                self.env._(
                    "The filter of “%(book)s” cannot be used: it may compare fields of products "
                    "with fixed values only.",
                    book=self.name or "",
                )
            ) from None

    def _crm_product_domain(self):
        """Return the domain of the products (templates) in this book."""
        self.ensure_one()
        templates = self.env["product.template"]
        domain = Domain(templates._check_company_domain(self.company_id or self.env.company))
        if self.sold_only:
            domain &= Domain("sale_ok", "=", True)
        if self.category_ids:
            domain &= Domain("categ_id", "child_of", self.category_ids._origin.ids)
        if self.product_ids:
            domain &= Domain("id", "in", self.product_ids._origin.ids)
        return domain & self._crm_user_domain()

    def _crm_products(self):
        """Return ``(model in the language of the book, domain, order)`` of what it lists."""
        self.ensure_one()
        domain = self._crm_product_domain()
        model = "product.template"
        if self.level == "variant":
            model = "product.product"
            domain = Domain("product_tmpl_id", "any", domain)
        if customer := self.partner_id._origin:
            # To a customer who buys nothing else, nothing else is offered.
            domain &= customer._crm_assortment_domain(model)
        order = "name, default_code, id" if self.sort_by == "name" else "default_code, name, id"
        if self.group_by_category:
            order = f"categ_id, {order}"
        products = (
            self.env[model]
            .with_company(self.company_id or self.env.company)
            .with_context(lang=self.lang)
        )
        return products, domain, order

    def _crm_product_ids(self):
        products, domain, order = self._crm_products()
        return products.search(domain, order=order).ids

    def _crm_first_products(self):
        """Return the first products of the book and the number of all."""
        products, domain, order = self._crm_products()
        first = products.search(domain, order=order, limit=_PREVIEWED)
        return first, len(first) if len(first) < _PREVIEWED else products.search_count(domain)

    def _crm_preview_summary(self, shown):
        """Return what is said above the first ``shown`` lines of the book."""
        total = self.line_count
        if total == shown:
            sentences = [self.env._("All lines of the book: %(total)s.", total=total)]
        else:
            sentences = [
                self.env._("The first %(shown)s of %(total)s lines.", shown=shown, total=total)
            ]
        if self.date:
            day = format_date(self.env, self.date)
            sentences.append(self.env._("Prices valid on %(date)s.", date=day))
        else:
            sentences.append(self.env._("Prices of this moment."))
        if total > MADE_AT_ONCE:
            sentences.append(
                self.env._(
                    "A book of this length is made in the background; you can go on working."
                )
            )
        if total > MOST_PRINTED:
            sentences.append(
                self.env._(
                    "It is made as a spreadsheet only: a PDF holds at most %(most)s lines.",
                    most=MOST_PRINTED,
                )
            )
        return " ".join(sentences)

    def _crm_settings(self):
        """Return what a version remembers of the book beside its rows: a dictionary for JSON, in
        the language of the book.
        """
        self.ensure_one()
        book = self.with_context(lang=self.lang)
        company = self.company_id or self.env.company
        precision = self.env["decimal.precision"].precision_get("Product Price")
        lists = book.pricelist_ids._origin
        columns = []
        for pricelist in lists or [lists]:
            currency = pricelist.currency_id or company.currency_id
            columns += [
                {
                    "list_id": pricelist.id,
                    "list": pricelist.name or "",
                    "quantity": quantity,
                    "currency_id": currency.id,
                    "digits": max(currency.decimal_places, precision),
                }
                for quantity in self._crm_quantities()
            ]
        intro = False if is_html_empty(book.intro) else str(book.intro)
        return {
            "level": self.level,
            "columns": columns,
            "group": self.group_by_category,
            "pictures": self.show_picture,
            "shown": [name for name in _SHOWN if self[f"show_{name}"]],
            "cover": self.show_cover,
            "title": book.title or self.name,
            "intro": intro,
            "customer": self.partner_id.display_name,
            "codes_of_id": self.partner_id._origin.id if self._crm_has_codes() else False,
        }

    def _crm_has_codes(self):
        """Return whether the customer's codes get a column."""
        customer = self.partner_id._origin
        if not self.show_customer_code or not customer:
            return False
        domain = [
            ("account_id", "in", customer._crm_code_account_ids()),
            "|",
            ("customer_code", "!=", False),
            ("customer_name", "!=", False),
        ]
        return bool(self.env["crm.customer.product"].search_count(domain, limit=1))

    @api.model
    def _crm_rows(self, products, settings, moment):
        """Return the rows of products or templates, with the prices of a moment (UTC)."""
        shown = settings["shown"]
        names = self._crm_product_names(products)
        codes = {}
        if settings["codes_of_id"]:
            customer = products.env["res.partner"].browse(settings["codes_of_id"]).exists()
            day = fields.Datetime.context_timestamp(self, moment).date()
            codes = customer and customer._crm_customer_products(products, day)
        prices = {product.id: [] for product in products}
        for list_id in dict.fromkeys(column["list_id"] for column in settings["columns"]):
            pricelist = products.env["product.pricelist"].browse(list_id or ())
            quantities = [
                column["quantity"] for column in settings["columns"] if column["list_id"] == list_id
            ]
            table = pricelist._crm_price_table(products, quantities, moment)
            for product in products:
                prices[product.id] += [price for price, _rule in table[product.id]]
        return [
            PriceRow(
                product.id,
                (settings["group"] or "category" in shown) and product.categ_id.complete_name or "",
                product.default_code or "",
                "barcode" in shown and product.barcode or "",
                names[product.id],
                "unit" in shown and product.uom_id.name or "",
                "description" in shown and product.description_sale or "",
                prices[product.id],
                product.id in codes and codes[product.id].customer_code or "",
                product.id in codes and codes[product.id].customer_name or "",
            )
            for product in products
        ]

    @api.model
    def _crm_product_names(self, products):
        """Return ``{product id: the name to print}``."""
        if products._name == "product.template":
            return {product.id: product.name for product in products}
        return {
            product.id: product.display_name
            for product in products.with_context(display_default_code=False)
        }
