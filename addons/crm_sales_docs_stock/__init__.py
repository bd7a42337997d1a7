# SPDX-License-Identifier: LGPL-3.0-or-later
from . import models
from .hooks import post_init_hook
