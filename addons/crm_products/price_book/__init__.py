# SPDX-License-Identifier: LGPL-3.0-or-later
from . import changes
from . import quantities
from . import rows
from . import sheet
from . import table
