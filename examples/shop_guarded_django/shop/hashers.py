from django.contrib.auth.hashers import ScryptPasswordHasher


class QuickHasher(ScryptPasswordHasher):
    """Cheap on purpose: an example is asked thousands of times in a row."""

    algorithm = "quick"
    work_factor = 2
    block_size = 1
    parallelism = 1
