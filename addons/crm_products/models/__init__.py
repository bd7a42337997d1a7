# SPDX-License-Identifier: LGPL-3.0-or-later
from . import crm_price_book
from . import crm_price_book_chunk
from . import crm_price_book_file
from . import crm_price_book_version
from . import crm_customer_code_mixin
from . import crm_customer_product
from . import product_pricelist
from . import product_product
from . import product_supplierinfo
from . import product_template
from . import res_partner
