# SPDX-License-Identifier: LGPL-3.0-or-later
from . import crm_report_catalog
from . import crm_report_compiler
from . import crm_report_engine
from . import crm_report_export
from . import crm_report
