"""2.1c: the learner's training loop, held against the right sequence of steps."""

from __future__ import annotations

import contextlib
import os
import tempfile
import traceback
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from lessons.course import PlotLosses
from lessons.engine import Answer, Wrong
from lessons.engine.comparing import agrees, difference, show, to_array
from lessons.ex2_1_occupancy_network.checks.trainings import (
    BATCH,
    KEPT,
    Recipe,
    Story,
    Swapped,
    Tiny,
    WatchedLoader,
    draw_recipe,
    flat,
    simulate,
)
from minicv import nn


def check_training(answer: Answer) -> None:
    rng, named_otherwise = np.random.default_rng(), set()
    # Losses of hundreds show a best one that begins at 1 or 100, or with the training before.
    for nepochs, n_train, scale in ((4, 10, 1), (3, 11, 1000)):
        recipe, story = draw_recipe(rng, nepochs, n_train, scale)
        with tempfile.TemporaryDirectory() as folder, _working_in(folder):
            out = Path(folder, "out_dir")
            out.mkdir()
            tiny, result = _train(answer, recipe, str(out))
            _judge_steps(tiny, recipe, story)
            _judge_visits(tiny.val, tiny.train, recipe)
            strays = [path.relative_to(folder) for path in Path(folder).rglob("*")
                      if path.is_file() and out not in path.parents
                      and _flat_of_file(path) is not None]
            if strays and not any(out.iterdir()):
                name, what, got, expected, cause = _folder_written_in(str(strays[0]))
                if str(strays[0]).startswith(out.name):
                    cause = ("between the folder and the name of the file a / is missing, which "
                             "os.path.join(out_dir, \"model_best.pt\") puts in")
                raise Wrong(name, what, got=got, expected=expected, cause=cause)
            told = _told(result)
            wrong_loss = told and _why_val_losses(told[1], story, tiny.val.visits, recipe)
            try:
                if name := _judge_best(tiny, recipe, story, out):
                    named_otherwise.add(name)
            except Wrong:
                if wrong_loss:  # which is why
                    raise wrong_loss from None
                raise
        if tiny.train.begun < recipe.nepochs:
            answer.notes = ["the batches of the first epoch are used again in the others. Each "
                            "`for pts, occ in train_loader` begins anew, and with shuffle=True in "
                            "another order"]
        if told is None:
            answer.notes += ["the losses are not told: make a PlotLosses(), and update it once an "
                             "epoch, to see the curves"]
            continue
        _judge_losses(told[0], story, tiny.val.visits, recipe)
        if wrong_loss:
            raise wrong_loss
        if _is_by_batches(told[1], story, tiny.val.visits, recipe):
            answer.notes += ["the validation loss is the mean of the batches' means, so that a "
                             "point of a small last batch counts for more than another. Add up "
                             "the losses of all points, and divide by their number"]
    answer.notes = list(dict.fromkeys(answer.notes))
    answer.notes += [f"the weights are in {name}; whoever goes on looks for model_best.pt"
                     for name in named_otherwise]


@contextlib.contextmanager
def _working_in(folder: str) -> Iterator[None]:
    """An empty current folder: there is no other one, such as output/, to write into unnoticed."""
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def _train(answer: Answer, recipe: Recipe, folder: str) -> tuple[Tiny, object]:
    tiny, PlotLosses.last = Tiny(recipe), None
    try:
        result = answer.call("train_model", tiny.model, tiny.train, tiny.val, tiny.optimizer,
                             tiny.criterion, recipe.nepochs, recipe.eval_every, folder)
    except Exception as error:
        known = _why_error(error, tiny)
        if known is None:
            raise
        raise Wrong(known[0], *known[1:2], got=known[2], expected=known[3],
                    cause=known[4]) from None
    return tiny, result


def _folder_written_in(got: str) -> tuple[str, str, str, str, str]:
    return ("folder-written-in", "the weights in out_dir", got, "a file in out_dir",
            "is the name of a folder written into the code? out_dir says which it is")


def _why_error(error: Exception, tiny: Tiny) -> tuple[str, str, str, str, str] | None:
    """Name, what, got, expected and cause."""
    message = str(error).splitlines()[0] if str(error) else type(error).__name__
    inside = {frame.name for frame in traceback.extract_tb(error.__traceback__)}
    if isinstance(error, Swapped):
        return ("arguments-swapped", "criterion(...)", "the occupancies first", "the logits first",
                "the criterion gets what the network says, then what is true: criterion(model(pts),"
                " occ)")
    if isinstance(error, FileNotFoundError):
        return _folder_written_in(message)
    if "changed in place" in message:
        return ("step-before-backward", "train_model(...)",
                "step() between the forward pass and backward()", "backward(), then step()",
                "step() comes before backward(): each step uses the gradient of the batch before")
    if tiny.optimizer.steps or "backward" not in inside:
        return None
    if "nothing to differentiate" in message:
        return ("no-gradients", "loss.backward()", message, "a loss that knows what it was "
                "computed from", "between the network and the loss something cuts the gradients "
                "off: no_grad(), detach(), numpy(), or a comparison such as > 0")
    return ("loss-not-reduced", "loss.backward()", message, "one number to differentiate",
            "the criterion gives a loss for each point; the mean of the batch is what a step "
            "lowers")


def _judge_steps(tiny: Tiny, recipe: Recipe, story: Story) -> None:
    got = tiny.optimizer.steps
    what = f"train_model(...), nepochs={recipe.nepochs}, {recipe.n_train} batches in train_loader"
    if len(got) != recipe.n_steps:
        name, cause = _why_count(len(got), tiny, recipe)
        raise Wrong(name, what, got=f"{len(got)} steps", expected=f"{recipe.n_steps} steps",
                    cause=cause)
    if not agrees(np.array(got), np.array(story.steps), 1e-6, 1e-9):
        name, cause = _why_steps(got, recipe, story)
        raise Wrong(name, what, got="steps in other directions, or of other lengths",
                    expected="each along the gradient of the mean loss of its own batch",
                    cause=cause)
    if tiny.optimizer.in_eval_mode:
        raise Wrong("eval-never-undone", what, got=f"{tiny.optimizer.in_eval_mode} steps with "
                    "model.training False", expected="steps in training mode",
                    cause="model.eval() holds until model.train() ends it: after the first "
                          "validation all training goes on in the mode for evaluation")


def _why_count(n: int, tiny: Tiny, recipe: Recipe) -> tuple[str, str]:
    begun, finished = tiny.train.begun, len(getattr(tiny.train, "visits", []))
    if n == 0:
        return "no-step", "optimizer.step() was never called (the one that was passed in)"
    if n == begun and finished == 0:
        return "stops-after-a-batch", ("the loop over the batches is left after the first one: "
                                       "does a break or a return stand in it?")
    if n == recipe.nepochs:
        return "one-step-an-epoch", ("step() belongs into the loop over the batches, after each "
                                     "backward()")
    if n == recipe.n_train:
        return "one-epoch", ("one walk through the loader is one epoch; there are nepochs. (Does a "
                             "return stand in the loop?)")
    if n == recipe.nepochs * recipe.n_val:
        return "trains-on-validation", "the steps come from val_loader"
    if begun == recipe.nepochs and n % recipe.n_steps == 0 and not tiny.val.begun * recipe.n_val \
            == n - recipe.n_steps:
        return "several-steps-a-batch", (f"there are {n // recipe.n_steps} steps for each batch; "
                                         "one step() follows each backward()")
    if n > recipe.n_steps and (n - recipe.n_steps) % recipe.n_val == 0 and tiny.val.begun and (
            n % recipe.n_train or n - recipe.n_steps == tiny.val.begun * recipe.n_val):
        return "validation-inside-training", (
            "the validation batches lead to steps as well, so that the network learns what it is "
            "to be tested with")
    if n % recipe.n_train == 0:
        return "epochs-written-in", (f"these are {n // recipe.n_train} epochs: range(nepochs) has "
                                     "as many as are wanted")
    if n == recipe.nepochs * (recipe.n_train - 1):
        return "last-batch-dropped", "a batch of each epoch leads to no step"
    return "other", "one step for each training batch of each epoch"


def _why_steps(got: list[np.ndarray], recipe: Recipe, story: Story) -> tuple[str, str]:
    start = flat(Tiny(recipe).model)
    if np.array_equal(got[-1], start):
        return "nothing-learned", ("the parameters never change, so the gradients are missing at "
                                   "each step(): is there a loss.backward() before it? And does "
                                   "zero_grad() come before both?")
    for name, options, cause in [
            ("zero-grad-forgotten", {"zero_grad": "never"},
             "backward() adds to the gradients that are there: without optimizer.zero_grad() each "
             "step is led by all batches so far"),
            ("zero-grad-once-an-epoch", {"zero_grad": "each epoch"},
             "zero_grad() is called once an epoch; backward() adds to what is there, so it is "
             "needed for each batch"),
            ("loss-summed", {"loss": lambda losses, model, pts, occ:
                             losses(model(pts), occ).sum()},
             "the losses of the batch are added up, so that a step is as many times as long as "
             "there are points in the batch: take the mean"),
            ("divided-by-the-batch-size", {"loss": lambda losses, model, pts, occ:
                                           losses(model(pts), occ).sum() / BATCH},
             "the sum of the losses is divided by the size of a full batch; the last one is "
             "smaller: take the mean"),
            ("sign-of-the-loss", {"loss": lambda losses, model, pts, occ:
                                  -losses(model(pts), occ).mean()},
             "the steps go uphill: the loss has the wrong sign"),
            ("sigmoid-before-the-criterion", {"loss": lambda losses, model, pts, occ:
                                              losses(model(pts).sigmoid(), occ).mean()},
             "the criterion gets probabilities. BCEWithLogitsLoss contains the sigmoid already, "
             "and takes logits; twice is once too often"),
            *[("own-loss", {"loss": loss},
               "this is another loss than `criterion`, the argument, says")
              for loss in (lambda losses, model, pts, occ: losses.losses(model(pts), occ).mean(),
                           lambda losses, model, pts, occ: ((model(pts) - occ) ** 2).mean(),
                           lambda losses, model, pts, occ:
                           ((model(pts).sigmoid() - occ) ** 2).mean())]]:
        with np.errstate(all="ignore"):  # with another loss the steps may be much too long
            steps = simulate(recipe, **options).steps
        told_apart = recipe.n_train + 2  # steps: into the second epoch
        if agrees(np.array(got[:told_apart]), np.array(steps[:told_apart]), 1e-6, 1e-9):
            return name, cause
    first = next(i for i, (one, other) in enumerate(zip(got, story.steps))
                 if not agrees(one, other, 1e-6, 1e-9))
    return "other", (f"step {first + 1} is the first that goes elsewhere. Each is: zero_grad, the "
                     "mean of criterion(model(pts), occ), backward, step, and nothing else that "
                     "changes the model")


def _judge_visits(loader: WatchedLoader, train: WatchedLoader, recipe: Recipe) -> None:
    """Whether the validation comes every so many steps; the first may come after any of these."""
    visits, every, n = getattr(loader, "visits", []), recipe.eval_every, recipe.n_steps
    seen = set(visits)
    ends = set(range(0, n + 1, recipe.n_train))
    if any(due <= seen <= due | ends | {0, 1, n} for due in (
            set(range(first, n + 1, every)) for first in range(1, every + 1))):
        return
    resets = {epoch * recipe.n_train + step for epoch in range(recipe.nepochs)
              for step in range(every, recipe.n_train + 1, every)}
    firsts = {epoch * recipe.n_train + 1 for epoch in range(recipe.nepochs)}
    by_epochs = [{step for step in range(1, n + 1) if ((step - 1) // recipe.n_train + shift)
                  % every == 0} for shift in (0, 1)]
    got = f"after steps {', '.join(map(str, visits[:8]))}"
    if not seen:
        got = "no validation"
        name, cause = "never-validated", (
            f"val_loader is never walked through in {n} steps: is the condition it % eval_every "
            "== 0, with it += 1 at each step?")
        if train.begun > recipe.nepochs:
            name, cause = "validates-on-training", ("the validation walks through train_loader; "
                                                    "val_loader has the points to validate with")
            got = f"{train.begun} walks through train_loader in {recipe.nepochs} epochs"
        elif loader.begun:
            got = f"val_loader begun {loader.begun} times, and never walked through to its end"
            name, cause = "validates-on-one-batch", "not all batches of val_loader are looked at"
    elif seen in by_epochs:
        name, cause = "epochs-counted", ("this counts epochs, and validates after each step of "
                                         "some: count steps, it += 1")
    elif seen <= {1}:
        name, cause = "eval-every-ignored", ("the validation comes once. Is another number written "
                                             "in the place of eval_every?")
    elif seen <= {0, n}:
        name, cause = "validated-once-at-the-end", (
            "the validation comes once; it has to come while training, every eval_every steps")
    elif seen <= ends:
        name, cause = "validated-once-an-epoch", (
            "the validation comes at the end of each epoch; count steps, it += 1, and validate "
            "where it % eval_every == 0")
    elif len(seen - {0}) == n:
        name, cause = "eval-every-ignored", "the validation comes after every step"
    elif seen - firsts == resets - firsts:
        name, cause = "counter-begins-anew", (
            "the steps are counted anew in each epoch; count them over all epochs: it = 0 stands "
            "before the loop over the epochs")
    else:
        name, cause = "other", "count the steps, it += 1, and validate where it % eval_every == 0"
    raise Wrong(name, f"validation with eval_every={every}",
                got=got, expected=f"after steps {every}, {2 * every}, {3 * every}, ...",
                cause=cause)


WHY_KEPT = {
    "worst-for-best": "a high loss is bad: save if the loss is lower than before",
    "training-loss-compared": "these have the lowest training loss of a batch; it is the loss on "
                              "val_loader that tells which weights are best",
    "best-of-the-last-epoch": "these are the best of the last epoch alone: the best loss begins at "
                              "infinity once, before the loop over the epochs",
    "last-for-best": "these are the last weights: save only if the validation loss is lower than "
                     "the best so far, and remember that one",
    "first-for-best": "these are the first weights: is the comparison right, and does the sum "
                      "begin at 0 in each validation?",
    "compared-with-the-last": "these are better than the ones before, not than all before: "
                              "remember the best loss so far, and not the last one",
    "validates-with-the-training-batch": "these are best for the training batches: the validation "
                                         "has to use the points and occupancies of val_loader",
}


def _judge_best(tiny: Tiny, recipe: Recipe, story: Story, folder: Path) -> str | None:
    """Whether the weights are kept, in a file or in the model, that had the lowest loss.

    The file's name, if it is not the one that was asked for. A file for each validation would have
    the best among them, and who goes on does not know which it is.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    files = [path for path in files if path.name == "model_best.pt"] or files
    kept = [_flat_of_file(path) for path in files] or [flat(tiny.model)]
    steps = [flat(Tiny(recipe).model), *story.steps]
    visits = sorted(set(tiny.val.visits))
    found = {step for step in range(len(steps)) for weights in kept
             if weights is not None and agrees(weights, steps[step], 1e-6, 1e-9)}

    def keeps(choose) -> bool:
        return any(visits[choose(seen)] in found for seen in story.seen(visits))

    if len(files) < 2 and keeps(KEPT["best"]):
        other = files and files[0].name != "model_best.pt"
        return files[0].name if other else None
    names = [name for name in WHY_KEPT if keeps(KEPT[name])]
    if found & {recipe.n_steps} and not names:
        names = ["last-for-best"]
    if not files:
        name, cause = "best-not-kept", (
            "no file is written to out_dir. Does the best loss begin at infinity, so that the "
            "first one is lower? Then torch.save(model.state_dict(), os.path.join(out_dir, "
            "\"model_best.pt\"))")
    elif len(files) > 1:
        name, cause = "best-not-kept", (
            f"there are {len(files)} files, and nothing tells which has the best weights: one, "
            "model_best.pt, written anew whenever the loss is lower than the best so far")
    elif all(weights is None for weights in kept):
        name, cause = "not-a-state-dict", (
            "torch.load cannot read the weights from this file: torch.save(model.state_dict(), "
            "os.path.join(out_dir, \"model_best.pt\")) writes them")
    elif not found:
        name, cause = "other", "the file has other weights than the model had after any step"
    elif names:
        name, cause = names[0], ". Or: ".join(WHY_KEPT[name] for name in names)
    else:
        name, cause = "not-the-best", ("save if the validation loss, the mean over all points of "
                                       "val_loader, is lower than the best so far")
    step = f"those after step {min(found)}" if found and files else "none"
    raise Wrong(name, "the weights in out_dir", got=step,
                expected="those with the lowest validation loss", cause=cause)


def _flat_of_file(path: Path) -> np.ndarray | None:
    try:
        state = nn.load(path)
        return np.concatenate([np.ravel(values) for values in state.values()]).astype(float)
    except (OSError, ValueError, TypeError, AttributeError):
        return None


def _told(result) -> tuple[np.ndarray, np.ndarray] | None:
    """Training and validation losses as told to PlotLosses, or as returned; None if neither."""
    if PlotLosses.last is not None and PlotLosses.last.logs:
        logs = PlotLosses.last.logs
        for key in ("loss", "val_loss"):
            if any(key not in log for log in logs):
                raise Wrong("key-missing", "liveloss.update(...)", got=show(logs[0]),
                            expected="{'loss': ..., 'val_loss': ...}",
                            cause=f"there is nothing under {key!r}")
        both = [[log[key] for log in logs] for key in ("loss", "val_loss")]
    elif isinstance(result, (list, tuple)) and len(result) == 2:
        both = list(result)
    elif isinstance(result, dict) and {"loss", "val_loss"} <= set(result):
        both = [result["loss"], result["val_loss"]]
    else:
        return None
    return to_array(both[0], "the training losses"), to_array(both[1], "the validation losses")


def _judge_losses(told: np.ndarray, story: Story, visits: list[int], recipe: Recipe) -> None:
    running, n_train = story.running, recipe.n_train
    weights = np.array([BATCH] * (n_train - 1) + [BATCH - 3])
    mean, by_points = running.mean(axis=1), running @ weights / weights.sum()
    if not any(agrees(told, right, 1e-5) for right in (mean, by_points)):
        name, cause = _why_losses(told, story, visits, recipe)
        texts = difference(told, mean, 1e-5)
        raise Wrong(name, "the training losses, one an epoch", got=texts[0], expected=texts[1],
                    cause=cause)


def _ends(visits: list[int], recipe: Recipe) -> list[int]:
    """The last visit by the end of each epoch; -1 where there is none."""
    return [max((visit for visit in visits if visit <= end), default=-1)
            for end in range(recipe.n_train, recipe.n_steps + 1, recipe.n_train)]


def _fits(told: np.ndarray, values: np.ndarray, visits: list[int], recipe: Recipe) -> bool:
    """Whether these are the losses that are told, of epochs or of visits; `values` by steps."""
    told = told[np.isfinite(told)] if told.ndim == 1 else told
    return any(agrees(told, values[which], 1e-5) for which in (
        _ends(visits, recipe), visits, [visit for visit in visits if visit > 1]))


def _is_by_batches(told: np.ndarray, story: Story, visits: list[int], recipe: Recipe) -> bool:
    by_points, by_batches = (_fits(told, values, visits, recipe) for values in story.val_means())
    return by_batches and not by_points


def _why_val_losses(told: np.ndarray, story: Story, visits: list[int], recipe: Recipe
                    ) -> Wrong | None:
    ends = _ends(visits, recipe)
    if -1 in ends or any(_fits(told, right, visits, recipe) for right in story.val_means()):
        return None  # right, or nothing yet to tell after the first epoch
    texts = difference(told, story.val_means()[0][ends], 1e-5)
    name, cause = "other", "the mean of the criterion over all points of val_loader"
    for mistake, values, why in _wrong_val_losses(story, visits):
        if _fits(told, values, visits, recipe):
            name, cause = mistake, why
            break
    if agrees(told, story.running.mean(axis=1), 1e-5):
        name, cause = "losses-swapped", "these are the losses of the other loader"
    return Wrong(name, "the validation losses", got=texts[0], expected=texts[1], cause=cause)


def _wrong_val_losses(story: Story, visits: list[int]) -> Iterator[tuple[str, np.ndarray, str]]:
    """Name, values after each number of steps, and cause."""
    sums = np.array([[batch.sum() for batch in each] for each in story.val])
    means = np.array([[batch.mean() for batch in each] for each in story.val])
    n_batches, n_points = means.shape[1], len(story.val_labels)
    for values, why in [
            (sums.sum(axis=1), "the losses are added up; divide by the number of points, or the "
                               "two curves cannot be compared"),
            (means.sum(axis=1), "the means of the batches are added up; divide by their number"),
            (sums.mean(axis=1), "the losses of all points are added up, and divided by the number "
                                "of batches; divide by the number of points"),
            (means.sum(axis=1) / n_points, "the means of the batches are added up, and divided by "
                                           "the number of points; divide by the number of "
                                           "batches")]:
        yield "sum-over-batches", values, why
    for right, n in zip(story.val_means(), (n_points, n_batches)):
        by_steps = np.full(len(right), np.nan)
        for values in _carried_on(right[visits], n):
            by_steps[visits] = values
            yield "not-reset-between-validations", by_steps, (
                "this contains the validations before: the sum begins at 0 in each validation, "
                "and so does the count; a list begins empty")
        by_steps[visits] = np.minimum.accumulate(right[visits])
        yield "best-for-latest", by_steps, (
            "this is the best loss so far; the curve shows the latest, so that it can rise")
    yield ("divided-by-the-batch-size", sums.sum(axis=1) / n_batches / BATCH,
           "the last batch is smaller than batch_size: add up len(pts), and divide by that")
    yield ("first-batch-only", means[:, 0],
           "this is the loss of the first batch alone; take the mean over all of them")
    yield ("last-batch-only", means[:, -1],
           "this is the loss of the last batch alone; take the mean over all of them")
    for values in story.val_of_training_batch:
        yield "validates-with-the-training-batch", values, (
            "this is the loss of the last training batch, over and over: in the loop over "
            "val_loader the model gets its points, and the criterion its occupancies")


def _carried_on(means: np.ndarray, n: int) -> list[np.ndarray]:
    """Of validations in turn, means of n values each; the sum, the count or both go on."""
    turns = np.arange(1, len(means) + 1)
    found = [means.cumsum(), means.cumsum() / turns]
    for counts in (np.ones(len(means)), turns):  # the sum is divided, and goes on from there
        values = [0.0]
        for mean, count in zip(means, counts):
            values.append((values[-1] / n + mean) / count)
        found.append(np.array(values[1:]))
    return [*found, means / turns]


def _why_losses(got: np.ndarray, story: Story, visits: list[int], recipe: Recipe
                ) -> tuple[str, str]:
    running, n_train = story.running, recipe.n_train
    mean = running.mean(axis=1)
    n_points = BATCH * n_train - 3
    ends = np.maximum(_ends(visits, recipe), 0)
    for name, values, cause in [
            *[("losses-swapped", values[ends], "these are the losses of the other loader")
              for values in story.val_means()],
            ("sum-over-batches", running.sum(axis=1),
             "the losses of the batches are added up; divide by their number, or the two curves "
             "cannot be compared"),
            ("last-batch-only", running[:, -1],
             "this is the loss of the last batch alone; an epoch's loss is the mean over all of "
             "its batches"),
            ("loss-of-each-batch", running.ravel(),
             "one number an epoch is wanted, the mean over its batches"),
            ("divided-by-the-number-of-points", running.sum(axis=1) / n_points,
             "the sum of the batches' means is divided by the number of points; divide by the "
             "number of batches, len(train_loader)"),
            *[("not-reset-between-epochs", values,
               "each epoch's loss contains those of the epochs before: the list, or the sum, has "
               "to begin empty in every epoch")
              for values in (mean.cumsum(), mean.cumsum() / np.arange(1, recipe.nepochs + 1))]]:
        if agrees(got, np.asarray(values), 1e-5):
            return name, cause
    return "other", "the mean over the batches of the epoch"
