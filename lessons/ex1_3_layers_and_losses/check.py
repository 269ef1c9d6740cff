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


def check_layer(answer: Answer, part: str, parameters: int, field: int,
                of_parameters: dict[tuple[str, int], str],
                of_field: dict[tuple[str, int], str]) -> None:
    """Parameters, and the side of the receptive field.

    `of_parameters` and `of_field` are the usual mistakes: (name, what comes out): cause.
    """
    of_parameters = {**of_parameters, **_comma(parameters)}
    of_field = {**of_field, ("pixels-for-rows", field**2): (
        f"{field**2} is how many pixels there are in the field; its rows and columns are asked "
        "for")}
    names = f"PARAMETERS_{part}", f"FIELD_{part}"
    form = _form(answer, names[1], field, [side for _, side in of_field])
    answer.numbers(names, [parameters, form(field)], rtol=0, mistakes=[
        *[Mistake(name, [count, None], cause) for (name, count), cause in of_parameters.items()],
        *[Mistake(name, [None, form(side)], cause) for (name, side), cause in of_field.items()]])


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


BIAS_FORGOTTEN = "the biases are left out: each output has one"
ONE_BIAS = "one bias for the whole layer is counted; each output has its own"
CHANNELS_FORGOTTEN = ("the input channels are left out: a filter is as deep as its input, K * K * "
                      "C_in weights")
PADDING_ADDED = "padding lets windows begin further out; it does not make them larger"


def check_linear(answer: Answer) -> None:
    n_in, n_out = 32 * 32, 256
    check_layer(answer, "I", (n_in + 1) * n_out, 32, {
        ("bias-forgotten", n_in * n_out): BIAS_FORGOTTEN,
        ("one-bias-for-all", n_in * n_out + 1): ONE_BIAS,
        ("bias-for-each-input", n_in * n_out + n_in):
            "a bias is counted for each input; it is the outputs that have one",
        ("not-flattened", (32 + 1) * n_out):
            "this has 32 inputs; a flattened image of 32 x 32 has 1,024",
        ("colour-image", (3 * n_in + 1) * n_out): "the image is grey: one channel, not three",
        ("sum-for-product", n_in + n_out):
            "each output has a weight for each input: it is a product",
    }, {
        ("one-pixel", 1): "a linear layer joins all of its inputs to each output",
        ("outputs-for-inputs", 16): "256 is the number of outputs; the receptive field is made of "
                                    "the inputs that one output sees",
    })


def check_convolution(answer: Answer) -> None:
    k, c_in, c_out = 5, 16, 48
    check_layer(answer, "II", (k * k * c_in + 1) * c_out, k, {
        ("bias-forgotten", k * k * c_in * c_out): BIAS_FORGOTTEN,
        ("one-bias-for-all", k * k * c_in * c_out + 1): ONE_BIAS,
        ("bias-for-each-input", k * k * c_in * c_out + c_in):
            "a bias is counted for each input channel; it is the output channels that have one",
        ("channels-forgotten", (k * k + 1) * c_out): CHANNELS_FORGOTTEN,
        ("one-output-channel", k * k * c_in + 1):
            "this is one filter; there is one for each output channel",
        ("filter-not-squared", (k * c_in + 1) * c_out): "a filter has K * K places, not K",
        ("bias-in-each-channel", (k * k + 1) * c_in * c_out):
            "this has a bias for each pair of channels; each output channel has one",
    }, {
        ("padding-added", k + 2 * 2): PADDING_ADDED,
        ("padding-taken-away", k - 2 * 2): PADDING_ADDED,
        ("padding-added", k + 2): PADDING_ADDED,
    })


def check_stride(answer: Answer) -> None:
    k, c, s = 3, 64, 3
    one = (k * k * c + 1) * c
    check_layer(answer, "III", 2 * one, k + (k - 1) * s, {
        ("one-layer-only", one): "this is one of the two layers",
        ("bias-forgotten", 2 * k * k * c * c): BIAS_FORGOTTEN,
        ("one-bias-for-all", 2 * (k * k * c * c + 1)): ONE_BIAS,
        ("bias-of-one-layer", 2 * k * k * c * c + c): "only one of the layers has its biases",
        ("channels-forgotten", 2 * (k * k + 1) * c): CHANNELS_FORGOTTEN,
        ("filter-not-squared", 2 * (k * c + 1) * c): "a filter has K * K places, not K",
        ("stride-counted", 2 * (k * k * c + 1) * c * s * s):
            "the stride says where the filter is applied; its weights are the same everywhere",
    }, {
        ("jump-forgotten", k + (k - 1)):
            "this would be right with a stride of 1 in the first layer. With a stride of 3 the "
            "windows of neighbouring outputs begin 3 pixels apart",
        ("one-layer-only", k): "this is what an output of the first layer sees",
        ("sizes-added", k + k): "the sizes are added, but windows overlap or lie apart as the "
                                "stride says: the second layer adds (K - 1) * 3 pixels",
        ("last-stride-counted", 1 + (k - 1) * s + (k - 1) * s * s):
            "each layer's windows are spread by the strides of the layers before it, not by its "
            "own",
        ("sizes-and-jump", k + k * s): "K outputs have K - 1 gaps between them, not K",
        ("padding-added", k + (k - 1) * s + 2): PADDING_ADDED,
    })


def check_dilation(answer: Answer) -> None:
    first, second, d = (5 * 5 * 24 + 1) * 64, (3 * 3 * 64 + 1) * 128, 3
    check_layer(answer, "IV", first + second, 5 + (3 - 1) * d, {
        ("one-layer-only", first): "this is the first layer alone",
        ("one-layer-only", second): "this is the second layer alone",
        ("bias-forgotten", 5 * 5 * 24 * 64 + 3 * 3 * 64 * 128): BIAS_FORGOTTEN,
        ("one-bias-for-all", 5 * 5 * 24 * 64 + 3 * 3 * 64 * 128 + 2): ONE_BIAS,
        ("channels-forgotten", (5 * 5 + 1) * 64 + (3 * 3 + 1) * 128): CHANNELS_FORGOTTEN,
        ("holes-counted", first + (7 * 7 * 64 + 1) * 128):
            "a dilated filter of 3 x 3 reaches over 7 x 7, but still has 3 x 3 weights: there are "
            "none in the gaps",
        ("same-filter-twice", first + (5 * 5 * 64 + 1) * 128): "the second filter is 3 x 3",
        ("channels-of-the-first", first + (3 * 3 * 24 + 1) * 128):
            "the second layer gets what the first gives: 64 channels",
    }, {
        ("dilation-forgotten", 5 + (3 - 1)):
            "both layers without dilation see 7 x 7, and so does the second one by itself. Its "
            "taps are 3 apart, and each of them sees 5 x 5 pixels",
        ("one-layer-only", 5): "this is what an output of the first layer sees",
        ("sizes-added", 5 + 1 + (3 - 1) * d): "one too many: an output that sees n outputs of the "
                                              "layer before adds n - 1 to what one of them sees",
        ("both-sizes-and-dilation", 5 + (3 - 1) + (3 - 1) * d):
            "the second filter is counted twice, without and with its dilation",
        ("dilation-times-size", 5 + 3 * d): "three taps have two gaps between them, not three",
        ("dilation-in-both", 1 + (5 - 1) * d + (3 - 1) * d): "the first layer has dilation 1",
        ("padding-added", 5 + (3 - 1) * d + 2 * 3): PADDING_ADDED,
    })


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
    })


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
                   mistakes=[*_softmax_mistakes(), *_losses_mistakes()])
    _judge_chosen(answer, "CORRECT", ["4"], "a list of samples, like [1, 3]", {
        "134": ("tie-counts", "in sample 3 all scores are the same: whoever calls it class 1 only "
                              "takes the first of the list. (Sample 1 is of class 2)"),
        "34": ("tie-counts", "in sample 3 all scores are the same: whoever calls it class 1 only "
                             "takes the first of the list"),
        "123": ("the-other-ones", "these are the samples that are classified incorrectly"),
        "12": ("the-other-ones", "these are classified incorrectly; which are left? (A tie is not "
                                 "correct)"),
        "": ("nothing-correct", "in one of the samples the true class has the highest score"),
        "3": ("counted-from-0", "does this come from NumPy, which counts from 0? Samples are "
                                "counted from 1 here. (If you mean sample 3: all its scores are "
                                "the same, and a tie is not correct)"),
        "23": ("counted-from-0", "does this come from NumPy, which counts from 0? Samples are "
                                 "counted from 1 here. (And a tie is not correct)"),
    }, "a sample is classified correctly if its true class has a higher score than all others")
    _judge_chosen(answer, "HARDEST", ["2"], "a sample, from 1 to 4", {
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
        "    PARAMETERS_I = (32 * 32 + ...) * 256\n"
        "    FIELD_I = (32, ...)"),
        read="minicv/nn/receptive_field.py and minicv/nn/layers.py, Linear"),
    Task("1.3a.ii", "A convolution", check_convolution, hints=(
        "A filter is a block of weights, as deep as its input has channels; there is one, with a "
        "bias, for each output channel. The same filter serves at all places.",
        "#P = (K * K * C_in + 1) * C_out. One output sees the K x K pixels under its filter; "
        "padding and stride do not change that.",
        "    PARAMETERS_II = (5 * 5 * ... + 1) * 48\n"
        "    FIELD_II = (5, ...)"),
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
        "    FIELD_V = (3, ...)"),
        read="minicv/nn/convolution.py, MaxPool2d"),
    Task("1.3b", "Softmax and cross entropy", check_softmax, hints=(
        "Softmax makes probabilities of scores, row by row: all positive, of sum 1. The loss asks "
        "how surprised one is by the true class if one believed them.",
        "p_i = e^s_i / (e^s_1 + ... + e^s_4), and loss = -log p of the true class. Correct is a "
        "sample whose true class has the highest score, alone.",
        "Sample 1: e^3 + e^1 + e^-2 + e^0 = 20.086 + 2.718 + 0.135 + 1 = 23.939; p of class 2 is "
        "2.718 / 23.939 = 0.114, its loss -log 0.114 = 2.17.\n"
        "    e = np.exp(SCORES)\n"
        "    SOFTMAX = e / e.sum(axis=1, keepdims=True)"),
        read="minicv/nn/probabilities.py, softmax; minicv/nn/losses.py, cross_entropy"),
]
