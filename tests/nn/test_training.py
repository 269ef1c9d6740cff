"""Training: the split, the batches, and a loop that keeps the best weights whatever happens."""

import os
import platform
import select
import signal
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest

from minicv import nn
from minicv.autograd import Tensor
from minicv.nn import progress
from minicv.nn.history import Epoch, History

# ---- train_val_split ----------------------------------------------------------------------------


def numbered(n):
    """Points (n, 3) and labels (n,) that carry the number of their row."""
    return np.arange(3 * n).reshape(n, 3), np.arange(n)


@pytest.mark.parametrize("n, fraction, n_train", [(100_000, 0.8, 80_000), (10, 0.25, 2),
                                                  (2, 0.5, 1), (11, 0.8, 9), (50, 0.7, 35)])
def test_split_has_round_of_fraction_times_n_rows(n, fraction, n_train):
    (train,), (val,) = nn.train_val_split(np.arange(n), fraction=fraction)
    assert (len(train), len(val)) == (n_train, n - n_train)


def test_split_is_80_to_20_if_nothing_is_said():
    (train,), (val,) = nn.train_val_split(np.arange(50))
    assert (len(train), len(val)) == (40, 10)


def test_split_is_disjoint_and_complete():
    (train,), (val,) = nn.train_val_split(np.arange(101), rng=0)
    assert sorted([*train, *val]) == list(range(101))


def test_split_keeps_rows_together():
    for points, labels in nn.train_val_split(*numbered(50), rng=0):
        assert np.array_equal(points, 3 * labels[:, None] + np.arange(3))


def test_split_same_seed_same_split_other_seed_another():
    splits = [nn.train_val_split(np.arange(50), rng=seed)[0][0] for seed in (0, 0, 1)]
    assert np.array_equal(splits[0], splits[1])
    assert not np.array_equal(np.sort(splits[0]), np.sort(splits[2]))


def test_split_every_row_is_as_likely_to_be_held_out():
    rng = np.random.default_rng(0)
    counts = np.zeros(10)
    for _ in range(2000):
        counts[nn.train_val_split(np.arange(10), rng=rng)[1][0]] += 1
    # Binomial(2000, 0.2): mean 400, standard deviation 18; five of them.
    assert np.all(np.abs(counts - 400) < 90)


def test_split_gives_copies():
    points, labels = numbered(10)
    (train_points, _), _ = nn.train_val_split(points, labels)
    train_points += 1000
    assert points.max() < 1000


def test_split_keeps_dtypes_and_takes_any_number_of_arrays():
    train, val = nn.train_val_split(np.zeros((10, 3), np.float16), np.zeros(10, bool), np.zeros(10))
    assert [array.dtype for array in train] == [np.float16, bool, np.float64]
    assert [array.shape for array in val] == [(2, 3), (2,), (2,)]


@pytest.mark.parametrize("arrays, options, message", [
    ((), {}, r"arrays with rows are needed, got \[\]"),
    ((np.zeros(3), np.zeros(4)), {}, r"equally many: 3 rows of array 0, 4 rows of array 1"),
    ((np.float64(1),), {}, r"arrays with rows are needed, got \[\(\)\]"),
    ((np.zeros(10),), {"fraction": 0}, "fraction must be above 0 and below 1, got 0"),
    ((np.zeros(10),), {"fraction": 1.0}, "above 0 and below 1, got 1.0"),
    ((np.zeros(10),), {"fraction": 80}, "above 0 and below 1, got 80"),
    ((np.zeros(1),), {}, "leaves 1 and 0 rows"),
    ((np.zeros(10),), {"fraction": 0.01}, "leaves 0 and 10 rows"),
    ((np.zeros(0),), {}, "leaves 0 and 0 rows"),
])
def test_split_errors(arrays, options, message):
    with pytest.raises(ValueError, match=message):
        nn.train_val_split(*arrays, **options)


# ---- TensorDataset and DataLoader ---------------------------------------------------------------


def epoch_of(loader):
    """The first tensor of each batch, as lists."""
    return [batch[0].numpy().tolist() for batch in loader]


def test_dataset_gives_rows_that_belong_together():
    dataset = nn.TensorDataset(*numbered(10))
    points, labels = dataset[np.array([7, 2])]
    assert points.numpy().tolist() == [[21, 22, 23], [6, 7, 8]]
    assert labels.numpy().tolist() == [7, 2]
    assert dataset[3][1].item() == 3
    assert dataset[:2][0].shape == (2, 3)


def test_dataset_takes_tensors_and_arrays_and_keeps_dtypes():
    dataset = nn.TensorDataset(Tensor([1.0, 2.0]), np.array([True, False]))
    assert [tensor.dtype for tensor in dataset[[0, 1]]] == [np.float32, bool]


@pytest.mark.parametrize("arrays", [(), (np.zeros(3), np.zeros(4))])
def test_dataset_refuses_what_does_not_belong_together(arrays):
    with pytest.raises(ValueError):
        nn.TensorDataset(*arrays)


def test_loader_without_shuffle_keeps_the_order():
    loader = nn.DataLoader(nn.TensorDataset(np.arange(5)), batch_size=2)
    assert epoch_of(loader) == [[0, 1], [2, 3], [4]]


def test_loader_shuffled_gives_every_sample_once_with_its_partner():
    points, labels = numbered(23)
    batches = list(nn.DataLoader(nn.TensorDataset(points, labels), batch_size=5, shuffle=True))
    assert sorted(np.concatenate([label.numpy() for _, label in batches])) == list(range(23))
    for point, label in batches:
        assert np.array_equal(point.numpy()[:, 0], 3 * label.numpy())


def test_loader_deals_a_new_order_every_epoch():
    loader = nn.DataLoader(nn.TensorDataset(np.arange(50)), batch_size=50, shuffle=True, rng=0)
    assert epoch_of(loader) != epoch_of(loader)


def test_loader_same_seed_same_epochs():
    loaders = [nn.DataLoader(nn.TensorDataset(np.arange(50)), 7, True, rng=seed)
               for seed in (3, 3, 4)]
    first, second, other = ([epoch_of(loader), epoch_of(loader)] for loader in loaders)
    assert first == second
    assert first != other


@pytest.mark.parametrize("n, batch_size, drop_last, sizes", [
    (10, 5, False, [5, 5]), (11, 5, False, [5, 5, 1]), (11, 5, True, [5, 5]), (3, 5, False, [3]),
    (3, 5, True, []), (0, 5, False, []), (3, 1, False, [1, 1, 1]),
])
def test_loader_length_and_batch_sizes(n, batch_size, drop_last, sizes):
    loader = nn.DataLoader(nn.TensorDataset(np.arange(n)), batch_size, True, drop_last=drop_last)
    assert len(loader) == len(sizes)
    assert [len(batch) for batch in epoch_of(loader)] == sizes


@pytest.mark.parametrize("nested", [0, 1, 2])
def test_loader_indexes_a_tensor_dataset_and_parts_of_it_once_per_batch(nested):
    class Counting(tuple):
        def __iter__(self):
            calls.append(self)
            return super().__iter__()

    calls, dataset = [], nn.TensorDataset(np.arange(100))
    dataset.tensors = Counting(dataset.tensors)
    for _ in range(nested):
        dataset = nn.random_split(dataset, [100], rng=0)[0]
    batches = epoch_of(nn.DataLoader(dataset, batch_size=10, shuffle=True))
    assert len(calls) == 10
    assert sorted(sum(batches, [])) == list(range(100))


@pytest.mark.parametrize("shuffle", [False, True])
def test_batches_are_copies(shuffle):
    data = np.zeros((4, 1))
    for (batch,) in nn.DataLoader(nn.TensorDataset(data), 2, shuffle):
        batch.data += 1
    assert not data.any()


def test_loader_refuses_a_batch_size_below_one_or_not_whole():
    with pytest.raises(ValueError, match="at least 1, got 0"):
        nn.DataLoader(nn.TensorDataset(np.arange(5)), 0)
    with pytest.raises(TypeError):
        nn.DataLoader(nn.TensorDataset(np.arange(5)), 2.5)


# ---- a training that can be followed by hand ----------------------------------------------------
#
# One weight w, starting at 0, input 1, output w. The targets are 10 for training and 3 for
# validation, the loss is (w - target)^2, and a step with lr = 0.05 is w <- w + 0.1 (10 - w): after
# n steps w = 10 (1 - 0.9^n) = 1, 1.9, 2.71, 3.439, ... The validation loss is lowest after step 3.


def weight_after(n):
    return 10 * (1 - 0.9**n)


ONE = Tensor(np.ones((1, 1)))
TRAIN = [(ONE, Tensor(np.full((1, 1), 10.0)))]
VAL = [(ONE, Tensor(np.full((1, 1), 3.0)))]


class OneWeight:
    def __init__(self):
        self.model = nn.Linear(1, 1, bias=False, dtype=np.float64)
        self.model.weight.data[...] = 0
        self.optimizer = nn.optim.SGD(self.model.parameters(), lr=0.05)

    @property
    def weight(self):
        return self.model.weight.item()

    def fit(self, train=TRAIN, val=VAL, epochs=6, **options):
        # A loss in few lines: one test stops at each of them.
        return nn.fit(self.model, train, val, epochs=epochs, optimizer=self.optimizer,
                      loss=lambda out, target: (out - target) * (out - target), **options)


def test_fit_records_both_losses_of_every_epoch():
    history = OneWeight().fit(epochs=3)
    assert history.train_epochs == history.val_epochs == [1, 2, 3]
    # Training losses are taken before the step, validation losses after it.
    assert history.train_loss == pytest.approx([(10 - weight_after(n)) ** 2 for n in (0, 1, 2)])
    assert history.val_loss == pytest.approx([(3 - weight_after(n)) ** 2 for n in (1, 2, 3)])
    assert not history.interrupted


def test_fit_leaves_the_best_weights_not_the_last():
    run = OneWeight()
    history = run.fit(epochs=6)
    assert history.best.epoch == 3
    assert history.best.val_loss == pytest.approx((3 - weight_after(3)) ** 2)
    assert run.weight == pytest.approx(weight_after(3))


def test_fit_counts_epochs_beyond_what_their_dtype_holds():
    run = OneWeight()
    before = History(tuple(Epoch(n, 0.5, None) for n in range(1, 6)))  # keeps a list, to go on
    history = run.fit(val=None, epochs=np.int8(127), history=before)
    assert history.train_epochs == list(range(1, 133))


def test_fit_without_validation_leaves_the_last_weights():
    run = OneWeight()
    history = run.fit(val=None, epochs=6)
    assert history.best is None and history.val_loss == []
    assert run.weight == pytest.approx(weight_after(6))


@pytest.mark.parametrize("epochs, eval_every, validated", [(6, 2, [2, 4, 6]), (5, 2, [2, 4, 5]),
                                                           (3, 10, [3])])
def test_fit_validates_every_so_many_epochs_and_after_the_last(epochs, eval_every, validated):
    history = OneWeight().fit(epochs=epochs, eval_every=eval_every)
    assert history.val_epochs == validated
    assert len(history.val_loss) == len(validated)
    assert history.train_epochs == list(range(1, epochs + 1))


def test_fit_goes_on_where_it_stopped():
    """Also inside Adam: two runs of 4 epochs are one run of 8."""
    def network_and_adam():
        network = nn.MLP(1, 4, 1, rng=0)
        return network, nn.optim.Adam(network.parameters(), lr=0.1)

    x = np.linspace(-1, 1, 10, dtype=np.float32).reshape(10, 1)
    batches = [(Tensor(x), Tensor(x**2))]
    (once, adam_once), (twice, adam_twice) = network_and_adam(), network_and_adam()
    whole = nn.fit(once, batches, epochs=8, loss=nn.MSELoss(), optimizer=adam_once)
    history = nn.fit(twice, batches, epochs=4, loss=nn.MSELoss(), optimizer=adam_twice)
    again = nn.fit(twice, batches, epochs=4, loss=nn.MSELoss(), optimizer=adam_twice,
                   history=history)
    assert again is history
    assert history.epochs == whole.epochs
    for name, value in once.state_dict().items():
        assert np.array_equal(value, twice.state_dict()[name])


def test_fit_going_on_keeps_the_old_best_if_it_gets_no_better():
    run = OneWeight()
    history = run.fit(epochs=3)
    history = run.fit(epochs=4, val=[(ONE, Tensor(np.full((1, 1), -100.0)))], history=history)
    assert history.train_epochs == [1, 2, 3, 4, 5, 6, 7]
    assert history.best.epoch == 3
    assert run.weight == pytest.approx(weight_after(3))


def test_fit_learns_a_circle():
    points = np.random.default_rng(0).uniform(-1, 1, (1000, 2)).astype(np.float32)
    inside = np.linalg.norm(points, axis=1, keepdims=True) < 0.8
    train, val = nn.train_val_split(points, inside, rng=0)
    network = nn.MLP(2, 32, 32, 1, rng=0)
    nn.fit(network, nn.DataLoader(nn.TensorDataset(*train), 50, True, rng=0),
           nn.DataLoader(nn.TensorDataset(*val), 64), epochs=15, loss=nn.BCEWithLogitsLoss(),
           optimizer=nn.optim.Adam(network.parameters(), lr=1e-2))
    right = (network(Tensor(val[0])).detach().numpy() > 0) == val[1]
    assert right.mean() > 0.95


@pytest.mark.parametrize("was_training", [True, False])
def test_fit_trains_in_training_mode_and_leaves_the_mode_as_it_was(was_training):
    class Spy(nn.Linear):
        def forward(self, x):
            modes.append(self.training)
            return super().forward(x)

    modes = []
    model = Spy(1, 1, dtype=np.float64).train(was_training)
    nn.fit(model, TRAIN, VAL, epochs=2, loss=nn.MSELoss(),
           optimizer=nn.optim.SGD(model.parameters()))
    assert modes == [True, False, True, False]
    assert model.training is was_training


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="about the allocator of glibc")
def test_steps_do_not_fetch_their_memory_anew_from_the_system():
    # In a new process: what other tests have freed has an influence. A step on 1024 points needs
    # about 3 MB, 800 pages of 4 kB; without care each of them is a page fault in each step.
    script = textwrap.dedent("""
        import resource
        import numpy as np
        from minicv import nn

        x = np.zeros((20 * 1024, 3), np.float32)
        loader = nn.DataLoader(nn.TensorDataset(x, x[:, :1]), 1024)
        network = nn.MLP(3, 64, 64, 64, 64, 64, 1)
        adam = nn.optim.Adam(network.parameters())
        for _ in range(2):
            before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
            nn.fit(network, loader, epochs=1, loss=nn.BCEWithLogitsLoss(), optimizer=adam)
            faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
        print(faults / len(loader))
    """)
    environment = {name: value for name, value in os.environ.items() if "MALLOC" not in name}
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True,
                         env={**environment, "PYTHONPATH": os.getcwd()})
    assert float(run.stdout) < 100


# ---- evaluate -----------------------------------------------------------------------------------


def test_evaluate_weighs_batches_by_their_size():
    # 5 samples with errors 0, 1, 2, 3, 4: the mean square is 30 / 5 = 6. The mean of the means of
    # batches of 2, 2, 1 would be (0.5 + 6.5 + 16) / 3 = 7.67.
    targets = np.arange(5.0).reshape(5, 1)
    loader = nn.DataLoader(nn.TensorDataset(np.zeros((5, 1)), targets), batch_size=2)
    assert nn.evaluate(nn.ReLU(), loader, nn.MSELoss()) == pytest.approx(6)


@pytest.mark.parametrize("kind", [list, np.array, Tensor])
def test_targets_may_be_in_one_row(kind):
    batches = [(Tensor(np.zeros((2, 3))), kind([0, 2]))]
    assert nn.evaluate(nn.ReLU(), batches, nn.CrossEntropyLoss()) == pytest.approx(np.log(3))


def test_the_training_loss_is_weighted_in_the_same_way():
    loader = nn.DataLoader(nn.TensorDataset(np.zeros((5, 1)), np.arange(5.0).reshape(5, 1)), 2)
    model = nn.Linear(1, 1, bias=False, dtype=np.float64)
    history = nn.fit(model, loader, epochs=1, loss=nn.MSELoss(),
                     optimizer=nn.optim.SGD(model.parameters()))
    assert history.train_loss == [pytest.approx(6)]


def test_evaluate_runs_in_eval_mode_and_records_nothing():
    class Spy(nn.Linear):
        def forward(self, x):
            out = super().forward(x)
            seen.append((self.training, out.requires_grad))
            return out

    seen = []
    model = Spy(1, 1, dtype=np.float64)
    nn.evaluate(model, VAL, nn.MSELoss())
    assert seen == [(False, False)]
    assert model.training


def test_evaluate_switches_back_after_an_error():
    model = nn.Linear(2, 1)
    with pytest.raises(ValueError):
        nn.evaluate(model, VAL, nn.MSELoss())
    assert model.training


# ---- Ctrl-C -------------------------------------------------------------------------------------


def interrupting(batches, epoch):
    """A loader that is interrupted in the given epoch, after its first batch."""
    class Loader:
        walks = 0

        def __iter__(self):
            self.walks += 1
            yield from batches
            if self.walks == epoch:
                raise KeyboardInterrupt

    return Loader()


def test_ctrl_c_in_training_leaves_the_best_weights_and_says_which(capsys):
    run = OneWeight()
    history = run.fit(train=interrupting(TRAIN, epoch=5), epochs=100)
    assert history.interrupted
    assert history.train_epochs == [1, 2, 3, 4]
    assert run.weight == pytest.approx(weight_after(3))
    assert capsys.readouterr().err == ("interrupted in epoch 5: the model has the weights of epoch "
                                       "3, the best so far (validation loss 0.0841)\n")


def test_ctrl_c_in_validation_leaves_the_best_weights():
    run = OneWeight()
    history = run.fit(val=interrupting(VAL, epoch=2), epochs=100)
    assert history.interrupted and history.best.epoch == 1
    assert run.weight == pytest.approx(weight_after(1))
    assert run.model.training


def test_ctrl_c_before_any_validation_keeps_the_present_weights_and_says_so(capsys):
    run = OneWeight()
    history = run.fit(train=interrupting(TRAIN, epoch=1))
    assert history.interrupted and history.best is None and history.epochs == []
    assert run.weight == pytest.approx(weight_after(1))
    assert capsys.readouterr().err == ("interrupted in epoch 1: the model keeps its present "
                                       "weights\n")


def test_after_ctrl_c_training_goes_on():
    run = OneWeight()
    history = run.fit(train=interrupting(TRAIN, epoch=2), epochs=100)
    history = run.fit(epochs=2, history=history)
    assert not history.interrupted
    assert history.train_epochs == [1, 2, 3]


def interrupt_at(line):
    """A trace function that raises KeyboardInterrupt at the given line run by `fit`.

    Lines are counted from the first line of the first epoch, which calls `train`, until the weights
    are restored.
    """
    left = first_line = None
    library = os.path.join("minicv", "")

    def trace(frame, event, _):
        nonlocal left, first_line
        if left and event == "line" and frame.f_code.co_name != "fit":
            left -= 1  # most lines: nothing else to look at
            return trace
        name, file = frame.f_code.co_name, frame.f_code.co_filename
        if name == "train" and left is None:
            left, first_line = line, frame.f_back.f_lineno
            frame.f_back.f_trace = trace  # the loop's own lines too
        if name == "load_state_dict":
            sys.settrace(None)
        if left is None or library not in file or name == "_best_weights_kept":
            return None
        if event == "line" and (name != "fit" or frame.f_lineno >= first_line):
            if left == 0:
                sys.settrace(None)
                raise KeyboardInterrupt
            left -= 1
        return trace

    return trace


def test_ctrl_c_at_any_line_leaves_the_weights_that_the_history_calls_best(capsys):
    """Python raises KeyboardInterrupt between two operations: try every line, in every file.

    Each third in the plain suite, all of them in CI.
    """
    traced_before = sys.gettrace()
    for line in range(0, 10_000, 1 if os.environ.get("CI") else 3):
        run = OneWeight()
        sys.settrace(interrupt_at(line))
        try:
            history = run.fit(epochs=2)
        finally:
            sys.settrace(traced_before)
        if not history.interrupted:
            break
        assert run.model.training
        if history.best is not None:
            assert run.weight == history.best.state_dict["weight"].item()
            assert history.best.val_loss == pytest.approx((run.weight - 3) ** 2)
    assert line > 300  # there are hundreds of lines in two epochs
    assert history.train_epochs == [1, 2]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for other processes")
def test_a_real_sigint_ends_training_cleanly(tmp_path):
    script = tmp_path / "train.py"
    script.write_text(textwrap.dedent("""
        import signal

        import numpy as np
        from minicv import nn

        # A process that was started in the background ignores Ctrl-C, and so would this one.
        signal.signal(signal.SIGINT, signal.default_int_handler)

        class Announcing(nn.DataLoader):
            walks = 0
            def __iter__(self):
                self.walks += 1
                if self.walks == 3:
                    print("in epoch 3", flush=True)
                return super().__iter__()

        x = np.random.default_rng(0).normal(size=(2000, 3)).astype(np.float32)
        data = nn.TensorDataset(x, x[:, :1] > 0)
        network = nn.MLP(3, 16, 1, rng=0)
        history = nn.fit(network, Announcing(data, 10, True, rng=0), nn.DataLoader(data, 500),
                         epochs=10**5, loss=nn.BCEWithLogitsLoss(),
                         optimizer=nn.optim.Adam(network.parameters()))
        best = history.best.state_dict
        restored = all(np.array_equal(best[k], v) for k, v in network.state_dict().items())
        print(history.interrupted, restored, len(history.epochs) >= 2)
    """))
    process = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True, cwd=os.getcwd(),
                               env={**os.environ, "PYTHONPATH": os.getcwd()})
    try:
        assert process.stdout.readline() == "in epoch 3\n"
        time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 0
    assert out == "True True True\n"
    assert err.startswith("interrupted in epoch ") and err.count("\n") == 1


# ---- the progress line --------------------------------------------------------------------------


def test_in_a_pipe_nothing_is_printed(capsys):
    OneWeight().fit()
    assert capsys.readouterr() == ("", "")


def read_line(terminal):
    """What was written up to the end of the line; a terminal hands it over bit by bit."""
    text = b""
    while not text.endswith(b"\n"):
        assert select.select([terminal], [], [], 10)[0], f"no end of the line: {text}"
        text += os.read(terminal, 10_000)
    return text.decode()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
@pytest.mark.parametrize("columns", [80, 20])
def test_on_a_terminal_one_line_is_written_over_and_over(monkeypatch, columns):
    master, slave = os.openpty()
    monkeypatch.setenv("COLUMNS", str(columns))
    clock = iter(range(10**6))
    monkeypatch.setattr(progress.time, "perf_counter", lambda: next(clock))  # each look a second
    with os.fdopen(slave, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        OneWeight().fit(epochs=3)
        monkeypatch.undo()
        text = read_line(master)
    os.close(master)
    assert text.endswith("\r\n") and text.count("\n") == 1  # the terminal turns \n into \r\n
    lines = text.strip("\r\n").split("\r")
    assert all(len(line) < columns for line in lines)
    # One for each batch; the last one once more, when the last validation is done.
    steps = ["epoch 1/3  batch 1/1  loss 100.0000",
             "epoch 2/3  batch 1/1  loss 81.0000  best validation 4.0000 (epoch 1)",
             "epoch 3/3  batch 1/1  loss 65.6100  best validation 1.2100 (epoch 2)",
             "epoch 3/3  batch 1/1  loss 65.6100  best validation 0.0841 (epoch 3)"]
    assert lines == [step[:columns - 1] for step in steps]


class SlowBatches:
    """TRAIN, which takes 1/32 s each time, and the clock that says so."""

    seconds = 0.0

    def __iter__(self):
        self.seconds += 1 / 32
        return iter(TRAIN)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
def test_on_a_terminal_the_line_is_written_ten_times_a_second_at_most(monkeypatch):
    master, slave = os.openpty()
    batches = SlowBatches()
    monkeypatch.setattr(progress.time, "perf_counter", lambda: batches.seconds)
    with os.fdopen(slave, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        OneWeight().fit(batches, epochs=30)
        monkeypatch.undo()
        text = read_line(master)
    os.close(master)
    # 4/32 s is the first time after 0.1 s; the last line is written in any case.
    written = [line.split("/")[0] for line in text.strip("\r\n").split("\r")]
    assert written == [f"epoch {epoch}" for epoch in [*range(1, 30, 4), 30]]


# ---- what fit refuses ---------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:overflow")
def test_a_loss_that_explodes_stops_with_advice_and_the_best_weights():
    run = OneWeight()
    run.optimizer.lr = 1e10
    history = nn.History()
    with pytest.raises(RuntimeError, match="loss .*epoch .* is inf.*learning rate"):
        run.fit(epochs=100, history=history)
    assert run.weight == history.best.state_dict["weight"].item()
    assert np.isfinite(run.weight)


def test_inputs_with_nan_are_named_as_the_cause():
    bad = [(Tensor(np.full((1, 1), np.nan)), TRAIN[0][1])]
    with pytest.raises(RuntimeError, match="epoch 1, batch 2 is nan.*inputs of this batch"):
        OneWeight().fit(train=TRAIN + bad)


def test_a_validation_loss_that_is_not_finite_stops_too():
    with pytest.raises(RuntimeError, match="validation loss after epoch 1 is nan"):
        OneWeight().fit(val=[(ONE, Tensor(np.full((1, 1), np.nan)))])


@pytest.mark.parametrize("option", ["epochs", "eval_every"])
def test_numbers_of_epochs_below_one_are_errors(option):
    with pytest.raises(ValueError, match=f"{option} must be at least 1.*, got 0"):
        OneWeight().fit(**{option: 0})


@pytest.mark.parametrize("which", ["train", "val"])
def test_a_loader_without_batches_is_an_error(which):
    empty = nn.DataLoader(nn.TensorDataset(np.zeros((3, 1)), np.zeros((3, 1))), 5, drop_last=True)
    with pytest.raises(ValueError, match="no batches.*drop_last"):
        OneWeight().fit(**{which: empty})


def test_a_generator_instead_of_a_loader_is_an_error_in_the_second_epoch():
    with pytest.raises(ValueError, match="no batches.*generator"):
        OneWeight().fit(train=iter(TRAIN))


def test_a_loss_that_does_not_take_the_mean_is_an_error():
    run = OneWeight()
    with pytest.raises(ValueError, match="the reduction of loss must be 'mean', got 'sum'"):
        nn.fit(run.model, TRAIN, epochs=1, loss=nn.MSELoss(reduction="sum"),
               optimizer=run.optimizer)


@pytest.mark.parametrize("option, bad, error, message", [
    ("epochs", 2.5, TypeError, "epochs must be a whole number, got 2.5"),
    ("epochs", 100_001, ValueError, "epochs must be at least 1 and at most 100000"),
    ("eval_every", True, TypeError, "eval_every must be a whole number, got True"),
    ("history", [], TypeError, "history must be a History"),
    ("train", 5, TypeError, "a loader must give batches"),
    ("train", [(ONE, ONE, ONE)], ValueError, r"pair \(inputs, targets\).* got a tuple"),
    ("train", [(ONE, 3.0)], ValueError, r"a batch must be a pair \(inputs, targets\)"),
    ("train", [(ONE, np.array(3.0))], ValueError, r"a batch must be a pair \(inputs, targets\)"),
    ("val", [ONE], ValueError, r"a batch must be a pair \(inputs, targets\)"),
])
def test_what_fit_refuses(option, bad, error, message):
    with pytest.raises(error, match=message):
        OneWeight().fit(**{option: bad})


@pytest.mark.parametrize("option, bad, error, message", [
    ("model", lambda x: x, TypeError, "model must be a Module"),
    ("loss", "mse", TypeError, "loss must be a function"),
    ("loss", len, TypeError, r"loss must be a function of \(predictions, targets\)"),
    ("loss", lambda p, t: (p - t) * np.ones((2, 1)), ValueError, "loss must give one number"),
    ("loss", lambda p, t: 0.5, ValueError, "loss must give one number"),
    ("optimizer", "adam", TypeError, "optimizer must be a Optimizer.*make it anew"),
    ("optimizer", nn.optim.SGD(nn.Linear(1, 1).parameters()), ValueError,
     "moves no parameter of this model"),
])
def test_a_model_a_loss_and_an_optimizer_that_do_not_belong_together(option, bad, error, message):
    run = OneWeight()
    options = {"model": run.model, "train_loader": TRAIN, "epochs": 1, "loss": nn.MSELoss(),
               "optimizer": run.optimizer, option: bad}
    with pytest.raises(error, match=message):
        nn.fit(**options)


def test_each_module_gets_its_own_mode_back():
    model = nn.Sequential(nn.Linear(1, 1, dtype=np.float64), nn.ReLU())
    model[1].eval()  # as somebody leaves a part of a network out of training
    nn.evaluate(model, VAL, nn.MSELoss())
    assert [module.training for module in model.modules()] == [True, True, False]
    nn.fit(model, TRAIN, VAL, epochs=1, loss=nn.MSELoss(),
           optimizer=nn.optim.SGD(model.parameters()))
    assert [module.training for module in model.modules()] == [True, True, False]


def test_a_loader_of_arrays_trains_as_one_of_tensors():
    def trained(train):
        model = nn.Linear(1, 1, rng=0, dtype=np.float64)
        nn.fit(model, train, epochs=2, loss=nn.MSELoss(),
               optimizer=nn.optim.SGD(model.parameters(), lr=0.1))
        return model.weight.item()

    assert trained(TRAIN) == trained([(x.numpy(), y.numpy()) for x, y in TRAIN])


@pytest.mark.filterwarnings("error")
def test_an_explosion_is_told_without_warnings_of_numpy():
    run = OneWeight()
    run.optimizer.lr = 1e10
    with pytest.raises(RuntimeError, match="loss|gradient"):
        run.fit(epochs=100)


def test_a_history_of_other_things_is_refused():
    with pytest.raises(TypeError, match="each of epochs must be a Epoch"):
        nn.History([1, 2])
    with pytest.raises(TypeError, match="best must be a Best or NoneType"):
        nn.History(best=3)
    with pytest.raises(TypeError, match="interrupted must be True or False"):
        nn.History(interrupted=1)


def test_a_model_is_measured_with_what_it_could_be_fitted_with():
    for model, loss, loader, message in (
            (3, nn.MSELoss(), [], "model must be a Module"),
            (nn.ReLU(), nn.MSELoss(reduction="sum"), [], "reduction of loss must be 'mean'"),
            (nn.ReLU(), nn.MSELoss(), 3, "a loader must give")):
        with pytest.raises((ValueError, TypeError), match=message):
            nn.evaluate(model, loader, loss)


def test_of_equal_losses_the_first_is_the_best():
    model = nn.Linear(1, 1, rng=0)
    x = np.ones((4, 1), np.float32)
    loader = nn.DataLoader(nn.TensorDataset(x, x), batch_size=4)
    history = nn.fit(model, loader, loader, epochs=3, loss=nn.MSELoss(),
                     optimizer=nn.optim.SGD(model.parameters(), lr=0))
    assert len({epoch.val_loss for epoch in history.epochs}) == 1 and history.best.epoch == 1
