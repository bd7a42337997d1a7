# SPDX-License-Identifier: LGPL-3.0-or-later
from . import controllers
from . import models
from . import wizards
from .hooks import post_init_hook
