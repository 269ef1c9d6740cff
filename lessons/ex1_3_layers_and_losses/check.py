"""Exercise 1.3: parameters, receptive fields and cross entropy, and what mistakes make of them.

Each right number and each mistake stands here as arithmetic. Parameters are counted, so they must
be exact: 262,144 is 262,400 to 1 %, and is the answer of somebody who forgot the biases.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lessons.engine import Answer, Mistake, Task, Wrong
from lessons.engine.comparing import chosen, is_open, show, to_array

# -- a) parameters and receptive fields ------------------------------------------------------------


# Usual mistakes: (name, what comes out): cause.
Known = dict[tuple[str, int], str]


def check_layer(answer: Answer, part: str, parameters: int, field: int, of_parameters: Known,
                of_field: Known, otherwise: tuple[str, str]) -> None:
    """Parameters, and the side of the receptive field; `otherwise` for a mistake not known."""
    of_parameters = {**of_parameters, **_comma(parameters)}
    of_field = {**of_field, ("pixels-for-rows", field**2): (
        f"{field**2} is how many pixels there are in the field; its rows and columns are asked "
        "for")}
    names = f"PARAMETERS_{part}", f"FIELD_{part}"
    form = _form(answer, names[1], field, [side for _, side in of_field])
    answer.numbers(names, [parameters, form(field)], rtol=0, mistakes=[
        *[Mistake(name, [count, None], cause) for (name, count), cause in of_parameters.items()],
        *[Mistake(name, [None, form(side)], cause) for (name, side), cause in of_field.items()]],
        otherwise={name: Mistake("another-number", None, cause)
                   for name, cause in zip(names, otherwise)})


def _merged(*tables: Known) -> Known:
    """Each number once, under the first name, with all causes that give it."""
    names: dict[int, str] = {}
    merged: Known = {}
    for (name, count), cause in [item for table in tables for item in table.items()]:
        key = names.setdefault(count, name), count
        if _bare(cause) not in map(_bare, merged.get(key, "").split(". Or: ")):
            merged[key] = f"{merged[key]}. Or: {cause}" if key in merged else cause
    return merged


def _bare(cause: str) -> str:
    """Without the layer: if both are alike, so are their mistakes."""
    return cause.partition(" layer: ")[2] or cause


def _comma(parameters: int) -> dict:
    """19,248 is a pair of numbers in Python. (19,048 would not even be that.)"""
    if parameters < 1000:
        return {}
    pair = tuple(map(int, f"{parameters:,}".split(",")))
    return {("comma-for-thousands", pair): (
        f"in Python {parameters:,} is two numbers, {pair[0]} and {pair[1]}: write {parameters}")}


def _form(answer: Answer, name: str, field: int, wrong: Sequence[int]):
    """How the learner writes a field of n x n: as (n, n), as n, or as n * n pixels.

    A single number can be both a side and a number of pixels. It is taken for what is right, if
    that is possible, then for pixels of a usual mistake, then for a side.
    """
    value = answer.get(name)
    if is_open(value) or to_array(value, name).size != 1:
        return lambda side: (side, side)
    number = to_array(value, name).item()
    if number == field:
        answer.notes.append(f"{name}: read as {field} x {field}")
    if number != field and number in [side**2 for side in (field, *wrong)]:
        return lambda side: side**2
    return lambda side: side


PADDING_ADDED = "padding lets windows begin further out; it does not make them larger"
CONVOLUTION = ("K * K * C_in weights and a bias for each output channel; neither padding nor "
               "stride nor dilation adds any")


def _convolution(k: int, c_in: int, c_out: int, padding: int, stride: int) -> Known:
    """What usual mistakes count for one convolution."""
    known = {
        ("bias-forgotten", k * k * c_in * c_out): "the biases are left out: each output has one",
        ("one-bias-for-all", k * k * c_in * c_out + 1):
            "one bias for the whole layer is counted; each output has its own",
        ("bias-for-each-input", k * k * c_in * c_out + c_in):
            "a bias is counted for each input channel; it is the output channels that have one",
        ("channels-forgotten", (k * k + 1) * c_out):
            "the input channels are left out: a filter is as deep as its input, K * K * C_in "
            "weights",
        ("one-output-channel", k * k * c_in + 1):
            "this is one filter; there is one for each output channel",
        ("filter-not-squared", (k * c_in + 1) * c_out): "a filter has K * K places, not K",
        ("filter-doubled", (2 * k * c_in + 1) * c_out): "a filter has K * K places, not 2 K",
        ("bias-in-each-channel", (k * k + 1) * c_in * c_out):
            "this has a bias for each pair of channels; each output channel has one",
        ("padding-counted", ((k + 2 * padding) ** 2 * c_in + 1) * c_out):
            "padding makes the image larger, not the filter: it has K * K places",
        ("padding-counted", ((k + padding) ** 2 * c_in + 1) * c_out):
            "padding makes the image larger, not the filter: it has K * K places",
        ("stride-counted", (k * k * c_in + 1) * c_out * stride * stride):
            "the stride says where the filter is applied; its weights are the same everywhere",
        ("two-biases", (k * k * c_in + 2) * c_out): "each output channel has one bias, not two",
    }
    return {key: cause for key, cause in known.items() if key[1] != (k * k * c_in + 1) * c_out}


def _two(first: Known, second: Known, right: tuple[int, int]) -> Known:
    """A mistake made in both layers, or in one of them."""
    both = {(name, count + other): cause for (name, count), cause in first.items()
            for (other_name, other), other_cause in second.items()
            if (name, cause) == (other_name, other_cause)}
    one = {**{(name, count + right[1]): f"in the first layer: {cause}"
              for (name, count), cause in first.items()},
           **{(name, right[0] + count): f"in the second layer: {cause}"
              for (name, count), cause in second.items()}}
    return _merged(both, one, {("layers-multiplied", right[0] * right[1]):
                               "the layers' parameters are added, not multiplied"})


def check_linear(answer: Answer) -> None:
    n_in, n_out = 32 * 32, 256
    check_layer(answer, "I", (n_in + 1) * n_out, 32, {
        ("bias-forgotten", n_in * n_out): "the biases are left out: each output has one",
        ("one-bias-for-all", n_in * n_out + 1):
            "one bias for the whole layer is counted; each output has its own",
        ("bias-for-each-input", n_in * n_out + n_in):
            "a bias is counted for each input; it is the outputs that have one",
        ("bias-for-each-weight", 2 * n_in * n_out):
            "a bias is counted for each weight; it is the outputs that have one",
        ("not-flattened", (32 + 1) * n_out):
            "this has 32 inputs; a flattened image of 32 x 32 has 1,024",
        ("colour-image", (3 * n_in + 1) * n_out): "the image is grey: one channel, not three",
        ("sum-for-product", n_in + n_out):
            "each output has a weight for each input: it is a product",
        ("one-output", n_in + 1): "this is one output; there are 256",
        ("outputs-squared", (n_in + 1) * n_out * n_out):
            "256 counts once: a weight for each pair of an input and an output",
    }, {
        ("one-pixel", 1): "a linear layer joins all of its inputs to each output",
        ("outputs-for-inputs", 16): "256 is the number of outputs; the receptive field is made of "
                                    "the inputs that one output sees",
        ("outputs-for-inputs", 256): "256 is the number of outputs; the receptive field is made of "
                                     "the inputs that one output sees",
    }, ("D_in weights and a bias for each output, with D_in the number of pixels",
        "one output sees all pixels: as many rows and columns as the image has, though it is "
        "flattened"))


def check_convolution(answer: Answer) -> None:
    k, c_in, c_out, padding = 5, 16, 48, 2
    check_layer(answer, "II", (k * k * c_in + 1) * c_out, k, _merged(
        _convolution(k, c_in, c_out, padding, 1),
        {("channels-exchanged", (k * k * c_out + 1) * c_in):
         "a bias is counted for each input channel; it is the output channels that have one"},
    ), {
        ("padding-added", k + 2 * padding): PADDING_ADDED,
        ("padding-taken-away", k - 2 * padding): PADDING_ADDED,
        ("padding-added", k + padding): PADDING_ADDED,
        ("padding-taken-away", k - padding): PADDING_ADDED,
        ("one-less", k - 1): "K pixels have K - 1 gaps between them; it is the pixels that count",
        ("half-a-window", k // 2): "this is how far the window reaches to each side of its middle; "
                                   "all of it is seen",
    }, (CONVOLUTION, "one output sees what lies under its filter, and nothing else"))


def check_stride(answer: Answer) -> None:
    k, c, s, padding = 3, 64, 3, 1
    one, known = (k * k * c + 1) * c, _convolution(k, c, c, padding, s)
    check_layer(answer, "III", 2 * one, k + (k - 1) * s, _merged(
        {("one-layer-only", one): "this is one of the two layers",
         ("bias-of-one-layer", 2 * k * k * c * c + c): "only one of the layers has its biases"},
        _two(known, known, (one, one)),
    ), {
        ("jump-forgotten", k + (k - 1)):
            "this would be right with a stride of 1 in the first layer. With a stride of 3 the "
            "windows of neighbouring outputs begin 3 pixels apart",
        ("one-layer-only", k): "this is what an output of the first layer sees",
        ("sizes-added", k + k): "the sizes are added, but windows overlap or lie apart as the "
                                "stride says: the second layer adds (K - 1) * 3 pixels",
        ("last-stride-counted", 1 + (k - 1) * s + (k - 1) * s * s):
            "each layer's windows are spread by the strides of the layers before it, not by its "
            "own",
        ("last-stride-counted", k + (k - 1) * s * s):
            "each layer's windows are spread by the strides of the layers before it, not by its "
            "own",
        ("last-stride-counted", k * s * s):
            "each layer's windows are spread by the strides of the layers before it, not by its "
            "own",
        ("sizes-and-jump", k + k * s): "K outputs have K - 1 gaps between them, not K",
        ("padding-added", k + (k - 1) * s + 2 * padding): PADDING_ADDED,
        ("padding-added", k + (k - 1) * s + 4 * padding): PADDING_ADDED,
        ("stride-of-two", k + (k - 1) * 2): "this would be right with a stride of 2",
    }, (f"in each of the two layers: {CONVOLUTION}",
        "three neighbouring outputs of the first layer: their windows are K wide, and begin one "
        "stride apart. From the first pixel of the first to the last of the last"))


def check_dilation(answer: Answer) -> None:
    first, second, d = (5 * 5 * 24 + 1) * 64, (3 * 3 * 64 + 1) * 128, 3
    holes = ("a dilated filter of 3 x 3 reaches over 7 x 7, but still has 3 x 3 weights: there are "
             "none in the gaps")
    check_layer(answer, "IV", first + second, 5 + (3 - 1) * d, _merged(
        {("one-layer-only", first): "this is the first layer alone",
         ("one-layer-only", second): "this is the second layer alone",
         ("holes-counted", first + (7 * 7 * 64 + 1) * 128): holes,
         ("holes-counted", first + (9 * 9 * 64 + 1) * 128): holes,
         ("same-filter-twice", first + (5 * 5 * 64 + 1) * 128): "the second filter is 3 x 3",
         ("same-filter-twice", (3 * 3 * 24 + 1) * 64 + second): "the first filter is 5 x 5",
         ("channels-of-the-first", first + (3 * 3 * 24 + 1) * 128):
             "the second layer gets what the first gives: 64 channels"},
        _two(_convolution(5, 24, 64, 2, 1), _convolution(3, 64, 128, 3, 1), (first, second)),
    ), {
        ("dilation-forgotten", 5 + (3 - 1)):
            "both layers without dilation see 7 x 7, and so does the second one by itself. Its "
            "taps are 3 apart, and each of them sees 5 x 5 pixels",
        ("one-layer-only", 5): "this is what an output of the first layer sees",
        ("sizes-added", 5 + 1 + (3 - 1) * d): "one too many: an output that sees n outputs of the "
                                              "layer before adds n - 1 to what one of them sees",
        ("sizes-added", 5 + 3): "the sizes are added, and the dilation is left out: how far apart "
                                "are the first and the last tap of the second filter?",
        ("both-sizes-and-dilation", 5 + (3 - 1) + (3 - 1) * d):
            "the dilated filter is not 3 * 3 wide: its three taps have two gaps between them; or "
            "the second filter is counted twice, without and with its dilation",
        ("dilation-times-size", 5 + 3 * d): "three taps have two gaps between them, not three",
        ("dilation-in-both", 1 + (5 - 1) * d + (3 - 1) * d): "the first layer has dilation 1",
        ("dilation-in-the-first", 5 * d): "the taps of the second filter are 3 apart, those of the "
                                          "first side by side",
        ("padding-added", 5 + (3 - 1) * d + 2 * 3): PADDING_ADDED,
        ("padding-added", 5 + (3 - 1) * d + 2 * 3 + 2 * 2): PADDING_ADDED,
        ("dilation-minus-one", 5 + (3 - 1) * (d - 1)):
            "dilation 3 puts the taps 3 apart, with two pixels between them",
    }, (f"in each of the two layers: {CONVOLUTION}",
        "three taps of the second filter, 3 apart; each sees 5 x 5 pixels. From the first pixel "
        "of the first to the last of the last"))


def check_pooling(answer: Answer) -> None:
    no_weights = "a maximum has no weights and no bias: there is nothing to learn"
    check_layer(answer, "V", 0, 3, {
        ("weights-in-a-maximum", 9): no_weights,
        ("weights-in-a-maximum", 10): no_weights,
        ("weights-in-a-maximum", 1): no_weights,
        ("size-for-parameters", 3): "3 is the size of the window; nothing in it is learned",
    }, {
        ("one-pixel", 1): "only one pixel wins, but which one depends on all of them: the output "
                          "sees all of its window",
        ("two-windows", 5): "this is what two layers of 3 x 3 see; there is one",
        ("another-window", 2): "this is the most usual window; here it is 3 x 3",
    }, (no_weights, "the output depends on all pixels of its window, rows and columns, and on no "
        "others"))


# -- b) softmax and cross entropy ------------------------------------------------------------------

SCORES = np.array([[3.0, 1, -2, 0], [-1, 2, 3, -2], [0, 0, 0, 0], [4, 1, -2, 3]])
TARGET = np.array([1, 0, 0, 0])  # counted from 0
SAMPLES = np.arange(4)
THREE_DIGITS = 0.00051  # half of the third digit, and a little for its rounding


def softmax(scores: np.ndarray, axis: int = 1, base: float = np.e) -> np.ndarray:
    powers = base**scores
    return powers / powers.sum(axis=axis, keepdims=True)


P = softmax(SCORES)
LOSSES = -np.log(P[SAMPLES, TARGET])


def _losses_of(p: np.ndarray) -> np.ndarray:
    return -np.log(p[SAMPLES, TARGET])


def _losses_mistakes() -> list[Mistake]:
    others = np.log(1 - P).sum(axis=1) - np.log(1 - P[SAMPLES, TARGET])
    return [
        Mistake("log-of-base-2", [P, LOSSES / np.log(2)],
                "this is in bits, from the logarithm of base 2; here it is the natural one, of "
                "base e"),
        Mistake("log-of-base-10", [P, LOSSES / np.log(10)],
                "this is the logarithm of base 10; here it is the natural one, of base e"),
        Mistake("sign-of-the-loss", [P, -LOSSES],
                "the logarithm of a probability is negative; the loss is minus that, and smallest "
                "for a probability of 1"),
        Mistake("probability-for-loss", [P, P[SAMPLES, TARGET]],
                "this is the probability of the true class; the loss is minus its logarithm"),
        Mistake("one-minus-probability", [P, 1 - P[SAMPLES, TARGET]],
                "this is 1 - p; the cross entropy is -log p"),
        Mistake("loss-of-the-predicted-class", [P, -np.log(P.max(axis=1))],
                "this is for the class with the highest score; the true class counts, however low "
                "its score"),
        Mistake("classes-counted-from-0", [P, -np.log(P[SAMPLES, TARGET + 1])],
                "this takes the next class: TRUE_CLASSES are counted from 1, and the columns of an "
                "array from 0"),
        Mistake("all-classes", [P, -np.log(P).sum(axis=1)],
                "this adds up all classes; the target is 1 for the true class and 0 for the "
                "others, so that one term is left"),
        Mistake("binary-for-each-class", [P, LOSSES - others],
                "this is the binary cross entropy of each class, added up; here it is -log p of "
                "the true class alone"),
        Mistake("entropy", [P, -(P * np.log(P)).sum(axis=1)],
                "this is the entropy of the prediction, which does not know the true class"),
        Mistake("score-for-loss", [P, -SCORES[SAMPLES, TARGET]],
                "this is minus the score; the logarithm of the sum over all classes is missing"),
        *[Mistake("squared-error", [P, values],
                  "this is a squared error; the cross entropy is -log p of the true class")
          for values in (((P - np.eye(4)[TARGET]) ** 2).sum(axis=1),
                         ((P - np.eye(4)[TARGET]) ** 2).mean(axis=1),
                         (1 - P[SAMPLES, TARGET]) ** 2)],
        Mistake("average-of-all-classes", [P, -np.log(P).mean(axis=1)],
                "this averages over all classes; the true class alone counts"),
        Mistake("divided-by-the-classes", [P, LOSSES / 4],
                "this is a quarter of each loss: nothing is averaged here"),
        Mistake("mean-of-the-batch", [P, np.full(4, LOSSES.mean())],
                "this is the mean over the samples; here each has a loss of its own"),
        Mistake("mean-of-the-batch", [P, LOSSES.mean()],
                "this is the mean over the samples; here each has a loss of its own"),
    ]


def _shares(scores: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):  # 0 / 0 where the scores add up to nothing
        return scores / scores.sum(axis=1, keepdims=True)


def _softmax_mistakes() -> list[Mistake]:
    across, base_2 = softmax(SCORES, axis=0), softmax(SCORES, base=2)
    negative = softmax(-SCORES)
    sigmoids = 1 / (1 + np.exp(-SCORES))
    return [
        Mistake("softmax-over-the-wrong-axis", [across, _losses_of(across)],
                "here the columns have the sum 1: softmax was taken over the samples. It is taken "
                "over the classes of each sample, along a row"),
        Mistake("transposed", [P.T, LOSSES],
                "rows and columns are swapped: a row for each sample"),
        Mistake("not-normalised", [np.exp(SCORES), None],
                "these are the exponentials; divided by their sum along the row they are "
                "probabilities"),
        Mistake("normalised-over-everything", [np.exp(SCORES) / np.exp(SCORES).sum(), None],
                "all 16 numbers together have the sum 1; each row of its own should"),
        Mistake("base-2", [base_2, _losses_of(base_2)],
                "these are powers of 2; softmax has powers of e"),
        Mistake("sign-of-the-scores", [negative, _losses_of(negative)],
                "the highest score gets the lowest probability: there is no minus in softmax"),
        Mistake("sigmoid-for-softmax", [sigmoids, _losses_of(sigmoids)],
                "this is the sigmoid of each score by itself; softmax divides by the sum over the "
                "row, so that it is 1 in all"),
        Mistake("log-softmax", [np.log(P), None],
                "this is the logarithm of softmax; the probabilities themselves are asked for"),
        Mistake("divided-without-exp", [_shares(SCORES), None],
                "these are the scores divided by their sum; softmax takes e to their power first"),
        Mistake("softmax-twice", [softmax(P), None], "this is the softmax of the softmax"),
        Mistake("winner-takes-all", [np.eye(4)[[0, 2, 0, 0]], None],
                "this is the class with the highest score; softmax gives each class a share"),
        Mistake("rounded-too-much", [P.round(2), None],
                "right as far as it goes, but two digits are not enough: 0.00 has no logarithm. "
                "Keep three"),
    ]


def check_softmax(answer: Answer) -> None:
    answer.numbers(["SOFTMAX", "LOSSES"], [P, LOSSES], atol=THREE_DIGITS,
                   mistakes=[*_softmax_mistakes(), *_losses_mistakes()], otherwise={
        "SOFTMAX": Mistake("another-share", None, "e to the power of each score, divided by the "
                           "sum of these along the row: do all four rows have the sum 1, and the "
                           "order of the scores?"),
        "LOSSES": Mistake("another-loss", None, "minus the natural logarithm of what SOFTMAX has "
                          "for the true class of each sample")})
    _judge_chosen(answer, "CORRECT", ["4"], "a list of samples, like [1, 3]", {
        "134": ("tie-counts", "in sample 3 all scores are the same: whoever calls it class 1 only "
                              "takes the first of the list. (Sample 1 is of class 2)"),
        "34": ("tie-counts", "in sample 3 all scores are the same: whoever calls it class 1 only "
                             "takes the first of the list"),
        "123": ("the-other-ones", "these are the samples that are classified incorrectly"),
        "12": ("the-other-ones", "these are classified incorrectly; look at those that are left"),
        "1234": ("all-of-them", "compare the class with the highest score and the true class, "
                                "sample by sample"),
        **{wrong: ("another-class-wins", "in one of these another class has a higher score than "
                                         "the true one")
           for wrong in ("1", "2", "14", "24", "124", "13", "234")},
        "": ("nothing-correct", "in one of the samples the true class has the highest score"),
        "3": ("counted-from-0", "does this come from NumPy, which counts from 0? Samples are "
                                "counted from 1 here. (If you mean sample 3: does its true class "
                                "have a higher score than all others?)"),
        "23": ("counted-from-0", "does this come from NumPy, which counts from 0? Samples are "
                                 "counted from 1 here. (And is the true class of each ahead of "
                                 "all others?)"),
    }, "a sample is classified correctly if its true class has a higher score than all others")
    _judge_chosen(answer, "HARDEST", ["2"], "a sample, from 1 to 4", {
        "0": ("counted-from-0", "samples are counted from 1 here"),
        "4": ("smallest-loss", "this one has the smallest loss, and is right already: its gradient "
                               "is short"),
        "3": ("least-certain", "this one is the least certain; two others are certain of a wrong "
                               "class, and lose more"),
        "1": ("counted-from-0", "does this come from argmax, which counts from 0? Samples are "
                                "counted from 1 here. (If you mean sample 1: another one has a "
                                "larger loss)"),
    }, "the gradient is softmax minus 1 at the true class: it is long if that class has hardly any "
       "probability")


def _judge_chosen(answer: Answer, name: str, right: list[str], expected: str,
                  mistakes: dict[str, tuple[str, str]], cause: str) -> None:
    value = answer.get(name)
    if is_open(value):
        answer.open.append(name)
        return
    answer.filled.append(name)
    names = chosen(value)
    if len(names) <= 2 and isinstance(value, (list, tuple, np.ndarray)) and len(value) == 4 and (
            set(names) <= {"TRUE", "FALSE"}):  # one for each sample
        names = [str(number) for number, entry in enumerate(value, 1) if entry]
    if names != right:
        mistake, cause = mistakes.get("".join(names), ("other", cause))
        raise Wrong(mistake, name, got=show(value), expected=expected, cause=cause)


TASKS = [
    Task("1.3a.i", "A linear layer", check_linear, hints=(
        "Each output has a weight for each input, and a bias. What does one output get to see of "
        "the image?",
        "#P = D_in * D_out + D_out, with D_in = 32 * 32. Each output sees all inputs.",
        "    PARAMETERS_I = (32 * 32 + ...) * ...\n"
        "    FIELD_I = (rows of the image, columns of the image)"),
        read="minicv/nn/receptive_field.py and minicv/nn/layers.py, Linear"),
    Task("1.3a.ii", "A convolution", check_convolution, hints=(
        "A filter is a block of weights, as deep as its input has channels; there is one, with a "
        "bias, for each output channel. The same filter serves at all places.",
        "#P = (K * K * C_in + 1) * C_out. One output sees the K x K pixels under its filter; "
        "padding and stride do not change that.",
        "    PARAMETERS_II = (5 * 5 * ... + 1) * 48\n"
        "    FIELD_II = (rows of the filter, columns of the filter)"),
        read="minicv/nn/receptive_field.py and minicv/nn/convolution.py, Conv2d"),
    Task("1.3a.iii", "Two convolutions with a stride", check_stride, hints=(
        "Draw a row of pixels, the windows of three neighbouring outputs of the first layer, and "
        "over them the window of one output of the second. From which pixel to which does it see?",
        "Parameters as for one convolution, added up. Receptive field: begin with size 1 and jump "
        "1; each layer makes them  size + (K - 1) * D * jump  and  jump * S,  in this order.",
        "After the first layer: size 1 + 2 * 1 = 3, jump 3. After the second: 3 + 2 * ...\n"
        "    PARAMETERS_III = 2 * (3 * 3 * ... + 1) * 64"),
        read="minicv/nn/receptive_field.py, receptive_fields"),
    Task("1.3a.iv", "Two convolutions, one dilated", check_dilation, hints=(
        "Dilation spreads the taps of a filter apart. It has no more weights for that, but it "
        "reaches further.",
        "#P = (K * K * C_in + 1) * C_out for each, added up. Receptive field: each layer adds "
        "(K - 1) * D * jump, and all jumps are 1 here.",
        "    PARAMETERS_IV = (5 * 5 * 24 + 1) * 64 + (3 * 3 * ... + 1) * 128\n"
        "    # 1 + (5 - 1) * 1 = 5, and then + (3 - 1) * ..."),
        read="minicv/nn/receptive_field.py, receptive_fields"),
    Task("1.3a.v", "Max pooling", check_pooling, hints=(
        "What would training change in a maximum? And which pixels can change its result?",
        "#P counts what is learned: weights and biases. The receptive field is all pixels that the "
        "result depends on, the whole window.",
        "There are no weights and no bias.\n"
        "    FIELD_V = (rows of the window, columns of the window)"),
        read="minicv/nn/convolution.py, MaxPool2d"),
    Task("1.3b", "Softmax and cross entropy", check_softmax, hints=(
        "Softmax makes probabilities of scores, row by row: all positive, of sum 1. The loss asks "
        "how surprised one is by the true class if one believed them.",
        "p_i = e^s_i / (e^s_1 + ... + e^s_4), and loss = -log p of the true class. Correct is a "
        "sample whose true class has the highest score, alone.",
        "    e = np.exp(SCORES)\n"
        "    SOFTMAX = e / e.sum(axis=..., keepdims=True)\n"
        "    LOSSES = [-np.log(SOFTMAX[i, TRUE_CLASSES[i] - 1]) for i in range(4)]\n"
        "and CORRECT and HARDEST from looking at both, row by row."),
        read="minicv/nn/probabilities.py, softmax; minicv/nn/losses.py, cross_entropy"),
]
