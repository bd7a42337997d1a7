# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the columns of the import templates are called, hold and mean."""

import unicodedata
from dataclasses import dataclass, field, replace
from datetime import date

from odoo.tools.translate import LazyGettext, LazyTranslate

_lt = LazyTranslate(__name__)

# Lines with this word and a number as reference are the examples of the template.
EXAMPLE = _lt("EXAMPLE")
# The heading of what is wrong, in the file with errors; it may stay there when it is uploaded.
ERRORS = _lt("Errors")


@dataclass(frozen=True, eq=False)
class Column:
    """A column of a template. ``holds`` names the reader of its cells in ``values.READERS``."""

    name: str
    label: LazyGettext
    holds: str
    help: LazyGettext
    required: bool = False
    # Further headings that people and other systems use, in any spelling.
    aliases: tuple = ()
    # {value: label} of a column in which one of a few words stands, and {further word: value}.
    choices: dict = field(default_factory=dict)
    words: dict = field(default_factory=dict)
    # An empty text is replaced by the first of what there is to choose from.
    examples: tuple = ("", "")
    width: int = 14


@dataclass(frozen=True, eq=False)
class Layout:
    """The columns of one kind of import.

    ``needs`` lists groups of columns: a sheet without any of a group cannot be imported.
    """

    name: str
    title: LazyGettext
    columns: tuple
    needs: tuple
    notes: tuple = ()


def fold(text):
    """Return a heading or word without case, accents, punctuation and spaces."""
    decomposed = unicodedata.normalize("NFKD", str(text)).casefold()
    return "".join(character for character in decomposed if character.isalnum())


def spellings(label, languages, *others):
    """Return the folded spellings of a label in these languages, and of other words."""
    return {fold(label._translate(language)) for language in languages} | {
        fold(other) for other in others
    }


_REFERENCE = Column(
    "reference",
    _lt("Internal Reference"),
    "code",
    _lt("Which product it is. The same reference as in the list of products."),
    aliases=("Reference", "SKU", "Code", "Referencia interna", "Referencia", "Código"),
    width=18,
)
_ID = Column(
    "record_id",
    _lt("ID"),
    "number_of_record",
    _lt(
        "Comes with the current data and says which price a line changes, even its quantity and "
        "dates. Leave it empty in new lines."
    ),
    width=8,
)
_PRODUCT = Column(
    "product",
    _lt("Product"),
    "text",
    _lt(
        "To read by. It only counts in a line without a reference: then the product with exactly "
        "this name is meant."
    ),
    aliases=("Product Name", "Producto", "Nombre del producto"),
    width=32,
)
_QUANTITY = Column(
    "min_quantity",
    _lt("Min. Quantity"),
    "amount",
    _lt("The price counts from this quantity. Empty: from any quantity."),
    aliases=("Minimum Quantity", "Min Qty", "Quantity", "Cantidad mínima", "Cant. mínima"),
    examples=(1, 10),
)
_FROM = Column(
    "date_start",
    _lt("From"),
    "day",
    _lt("First day. Empty: from ever."),
    aliases=("Start Date", "Valid From", "Desde", "Fecha de inicio", "Válido desde"),
    examples=("", date(2030, 1, 1)),
    width=12,
)
_UNTIL = Column(
    "date_end",
    _lt("Until"),
    "day",
    _lt("Last day, included. Empty: for ever."),
    aliases=("End Date", "Valid Until", "To", "Hasta", "Fecha final", "Válido hasta"),
    examples=("", date(2030, 12, 31)),
    width=12,
)

PRODUCTS = Layout(
    "product",
    _lt("Products"),
    columns=(
        replace(
            _ID,
            help=_lt(
                "Comes with the current data and says which product a line changes, even its "
                "reference. Leave it empty in new lines."
            ),
        ),
        Column(
            "reference",
            _lt("Internal Reference"),
            "code",
            _lt("Tells which product a line changes. A reference that is new makes a product."),
            aliases=_REFERENCE.aliases,
            examples=("-1", "-2"),
            width=18,
        ),
        Column(
            "barcode",
            _lt("Barcode"),
            "code",
            _lt("Tells which product a line changes if it has no reference."),
            aliases=("EAN", "GTIN", "Código de barras"),
            width=18,
        ),
        Column(
            "name",
            _lt("Name"),
            "text",
            _lt("Needed for a new product."),
            aliases=("Product Name", "Product", "Nombre", "Nombre del producto", "Producto"),
            examples=(_lt("Desktop printer"), _lt("Installation")),
            width=36,
        ),
        Column(
            "type",
            _lt("Type"),
            "choice",
            _lt("Goods or Service. Empty in a new product: goods."),
            aliases=("Product Type", "Tipo", "Tipo de producto"),
            choices={"consu": _lt("Goods"), "service": _lt("Service"), "combo": _lt("Combo")},
            words={
                "good": "consu",
                "bien": "consu",
                "bienes": "consu",
                "producto": "consu",
                "services": "service",
                "servicio": "service",
                "servicios": "service",
            },
            examples=(_lt("Goods"), _lt("Service")),
        ),
        Column(
            "category",
            _lt("Category"),
            "text",
            _lt("The whole path, as in the list of categories: Equipment / Printers."),
            aliases=("Product Category", "Categoría", "Categoría de producto"),
            width=28,
        ),
        Column(
            "unit",
            _lt("Unit"),
            "text",
            _lt("Unit of a new product. Of an existing one it is changed on the product only."),
            aliases=("Unit of Measure", "UoM", "Unidad", "Unidad de medida", "UdM"),
        ),
        Column(
            "list_price",
            _lt("Sales Price"),
            "amount",
            _lt("Price without price list, in the currency of the company."),
            aliases=("Price", "List Price", "Precio de venta", "Precio"),
            examples=(149.5, 40),
        ),
        Column(
            "cost",
            _lt("Cost"),
            "amount",
            _lt("What one unit costs the company."),
            aliases=("Standard Price", "Costo", "Coste"),
            examples=(90, 25),
        ),
        Column(
            "sale_ok",
            _lt("Can Be Sold"),
            "flag",
            _lt("Yes or No. Empty in a new product: yes."),
            aliases=("Sales", "Se puede vender", "Puede ser vendido", "Ventas"),
            examples=(True, True),
        ),
        Column(
            "purchase_ok",
            _lt("Can Be Purchased"),
            "flag",
            _lt("Yes or No. Empty in a new product: yes."),
            aliases=("Purchase", "Se puede comprar", "Puede ser comprado", "Compra"),
            examples=(True, False),
            width=16,
        ),
        Column(
            "description",
            _lt("Sales Description"),
            "text",
            _lt("What customers read about the product on their documents."),
            aliases=("Description", "Descripción", "Descripción de venta"),
            width=40,
        ),
    ),
    needs=(("reference", "barcode", "name"),),
    notes=(
        _lt(
            "A product is found by its reference, otherwise by its barcode; in a line without "
            "both, by exactly its name."
        ),
    ),
)

PRICES = Layout(
    "price",
    _lt("Customer Prices"),
    columns=(
        _ID,
        Column(
            "pricelist",
            _lt("Price List"),
            "text",
            _lt("The name of a price list that exists."),
            required=True,
            aliases=("Pricelist", "Lista de precios", "Tarifa"),
            examples=(_lt("Resellers"), _lt("Resellers")),
            width=24,
        ),
        _REFERENCE,
        _PRODUCT,
        Column(
            "category",
            _lt("Category"),
            "text",
            _lt(
                "The whole path of a category, for a price of all its products. Without product "
                "and category the price is for all products."
            ),
            aliases=("Product Category", "Categoría", "Categoría de producto"),
            examples=(None, None),
            width=28,
        ),
        _QUANTITY,
        Column(
            "kind",
            _lt("Kind of Price"),
            "choice",
            _lt("Fixed Price or Discount."),
            required=True,
            aliases=("Kind", "Price Type", "Tipo de precio", "Tipo"),
            choices={"fixed": _lt("Fixed Price"), "percentage": _lt("Discount")},
            words={
                "price": "fixed",
                "precio": "fixed",
                "fijo": "fixed",
                "precio fijo": "fixed",
                "percent": "percentage",
                "porcentaje": "percentage",
                "descuento": "percentage",
            },
            examples=(_lt("Fixed Price"), _lt("Discount")),
        ),
        Column(
            "value",
            _lt("Price or Discount %"),
            "value",
            _lt("The price in the currency of the price list, or the discount: 10 for 10 %."),
            required=True,
            aliases=("Value", "Price", "Valor", "Precio", "Precio o descuento %"),
            examples=(139, 12.5),
            width=20,
        ),
        _FROM,
        _UNTIL,
    ),
    needs=(("pricelist",), ("kind",), ("value",)),
    notes=(
        _lt(
            "A line changes the price with the same price list, product or category, quantity and "
            "dates. Without such a price it adds one."
        ),
        _lt("Prices by formula are neither exported nor changed."),
    ),
)

VENDOR_PRICES = Layout(
    "vendor",
    _lt("Vendor Prices"),
    columns=(
        _ID,
        Column(
            "vendor",
            _lt("Vendor"),
            "text",
            _lt("Name, reference or tax ID of the vendor."),
            required=True,
            aliases=("Supplier", "Proveedor"),
            examples=(_lt("Printer Works"), _lt("Printer Works")),
            width=28,
        ),
        _REFERENCE,
        _PRODUCT,
        Column(
            "vendor_code",
            _lt("Vendor Product Code"),
            "code",
            _lt("What the vendor calls the product: its code."),
            aliases=("Vendor Code", "Código del proveedor", "Código de producto del proveedor"),
            width=20,
        ),
        Column(
            "vendor_name",
            _lt("Vendor Product Name"),
            "text",
            _lt("What the vendor calls the product: its name."),
            aliases=("Vendor Name", "Nombre de producto del proveedor", "Nombre del proveedor"),
            width=28,
        ),
        _QUANTITY,
        Column(
            "price",
            _lt("Price"),
            "amount",
            _lt("Price of one unit, without tax."),
            required=True,
            aliases=("Unit Price", "Precio", "Precio unitario"),
            examples=(82.4, 79.9),
        ),
        Column(
            "currency",
            _lt("Currency"),
            "text",
            _lt("Code of an active currency, such as USD. Empty: the currency of the company."),
            aliases=("Moneda", "Divisa"),
            width=10,
        ),
        Column(
            "unit",
            _lt("Unit"),
            "text",
            _lt("The unit that the vendor sells in. Empty: the unit of the product."),
            aliases=("Unit of Measure", "UoM", "Unidad", "Unidad de medida", "UdM"),
        ),
        _FROM,
        _UNTIL,
        Column(
            "delay",
            _lt("Lead Time (Days)"),
            "days",
            _lt("Days from the order to the delivery."),
            aliases=("Lead Time", "Delay", "Plazo de entrega", "Plazo de entrega (días)"),
            examples=(7, 7),
        ),
    ),
    needs=(("vendor",), ("reference", "product"), ("price",)),
    notes=(
        _lt(
            "A line changes the price of the same vendor, product, quantity and dates. Without "
            "such a price it adds one."
        ),
    ),
)

LAYOUTS = {layout.name: layout for layout in (PRODUCTS, PRICES, VENDOR_PRICES)}
