# SPDX-License-Identifier: LGPL-3.0-or-later
from . import portal
from . import sale_portal
