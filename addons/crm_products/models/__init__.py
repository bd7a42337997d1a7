# SPDX-License-Identifier: LGPL-3.0-or-later
from . import crm_customer_code_mixin
from . import crm_customer_product
from . import crm_price_history
from . import crm_price_source
from . import crm_price_update
from . import crm_price_update_line
from . import product_category
from . import product_pricelist
from . import product_pricelist_item
from . import product_product
from . import product_supplierinfo
from . import product_template
from . import product_template_attribute_value
from . import res_company
from . import res_config_settings
from . import res_partner
