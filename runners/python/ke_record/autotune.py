"""triton.autotune without a device: the first configuration that fits."""

from triton.runtime.autotuner import Autotuner
from triton.runtime.errors import OutOfResources, PTXASError


def install(active):
    def run(self, *args, **kwargs):
        self.nargs = dict(zip(self.arg_names, args))
        configs = self.configs
        if len(configs) > 1:
            configs = list(self.prune_configs(kwargs))
            active.note(
                f"triton.autotune of {self.base_fn.__name__}: nothing is timed "
                "here, so the first configuration that fits is taken, and no "
                "other is judged; name the alternatives with ke:tune to have "
                "them tried")
        try:
            return _first_that_fits(self, configs, args, kwargs)
        finally:
            self.nargs = None

    Autotuner.run = run


def _first_that_fits(tuner, configs, args, kwargs):
    for number, config in enumerate(configs):
        tuner.best_config = config
        chosen = {**kwargs, **config.all_kwargs()}
        try:
            if config.pre_hook is not None:
                config.pre_hook({**tuner.nargs, **chosen})
            return tuner.fn.run(*args, **chosen)
        except (OutOfResources, PTXASError):
            if number + 1 == len(configs):
                raise
