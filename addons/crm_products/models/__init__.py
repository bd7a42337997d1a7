# SPDX-License-Identifier: LGPL-3.0-or-later
from . import crm_price_import
from . import product_pricelist
from . import product_supplierinfo
from . import product_template
