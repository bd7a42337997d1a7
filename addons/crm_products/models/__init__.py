# SPDX-License-Identifier: LGPL-3.0-or-later
from . import res_company
from . import res_config_settings
from . import product_category
from . import product_pricelist
from . import product_pricelist_item
from . import product_supplierinfo
from . import product_template
from . import product_product
from . import crm_price_line
