"""Losses: closed forms, far-out logits, gradients, and the shapes that must not be stretched."""

from fractions import Fraction
from functools import partial

import numpy as np
import pytest

from minicv import nn
from minicv.autograd import Tensor, gradcheck
from minicv.nn.losses import flush_to_zero

LOSSES = {"bce": nn.BCEWithLogitsLoss, "mse": nn.MSELoss}


def bce(logits, targets, dtype=np.float64):
    """The single losses, as an array."""
    loss = nn.BCEWithLogitsLoss(reduction="none")
    return loss(Tensor(np.array(logits, dtype)), Tensor(np.array(targets, dtype))).numpy()


# ---- binary cross entropy -----------------------------------------------------------------------


def test_bce_closed_forms():
    # sigmoid(0) = 1/2 and sigmoid(log 3) = 3/4, so the losses are log 2, log 4/3 and log 4.
    losses = bce([0, np.log(3), np.log(3)], [1, 1, 0])
    assert losses == pytest.approx(np.log([2, 4 / 3, 4]), rel=1e-15)


def test_bce_is_the_textbook_formula_where_that_is_safe():
    rng = np.random.default_rng(0)
    z, y = rng.uniform(-5, 5, 100), rng.uniform(0, 1, 100)
    p = 1 / (1 + np.exp(-z))
    assert bce(z, y) == pytest.approx(-y * np.log(p) - (1 - y) * np.log(1 - p), rel=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.filterwarnings("error")
def test_bce_of_huge_logits_is_exact(dtype):
    assert bce([1e4, 1e4, -1e4, -1e4], [1, 0, 1, 0], dtype).tolist() == [0, 1e4, 1e4, 0]


@pytest.mark.parametrize("z, y", [(20, 1), (-20, 0)])
def test_bce_of_a_sure_and_right_prediction_keeps_its_digits(z, y):
    # log(1 + e^-20) = 2.06e-9; "log(1 + e^z) - z y" in float32 would leave 0 of it.
    assert bce([z], [y], np.float32)[0] == pytest.approx(np.log1p(np.exp(-20.0)), rel=1e-6)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_bce_gradient(reduction):
    rng = np.random.default_rng(0)
    z = Tensor(rng.normal(0, 3, (4, 3)), requires_grad=True)
    y = Tensor(rng.uniform(0.1, 0.9, (4, 3)), requires_grad=True)
    assert gradcheck(nn.BCEWithLogitsLoss(reduction=reduction), (z, y))


@pytest.mark.filterwarnings("error")
def test_bce_gradient_is_prediction_minus_target_everywhere():
    # At 0, too: there |z| and max(z, 0) have kinks, but the loss has none.
    z = Tensor(np.array([0.0, 0.0, 1e4, -1e4]), requires_grad=True)
    nn.BCEWithLogitsLoss(reduction="sum")(z, Tensor(np.array([0.0, 1.0, 0.0, 1.0]))).backward()
    assert z.grad.numpy().tolist() == [0.5, -0.5, 1, -1]


@pytest.mark.parametrize("dtype, least", [(np.float32, 2.0**-103), (np.float64, 2.0**-970)])
def test_what_is_a_normal_number_times_a_rounding_error_stays(dtype, least):
    errors = np.array([least, 0.99 * least, -least], dtype)
    assert flush_to_zero(errors).tolist() == [least, 0, -least]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("loss", ["bce", "cross entropy"])
def test_sure_predictions_send_no_subnormal_numbers_back(loss, dtype):
    # Processors are slow with them: an epoch of exercise 2.1 once took five times as long.
    tiny = np.finfo(dtype).tiny
    sure = np.linspace(0.5, 1.2, 200) * np.log(tiny)  # their exponentials pass the smallest numbers
    if loss == "bce":
        z = Tensor(sure.astype(dtype), requires_grad=True)
        nn.BCEWithLogitsLoss(reduction="sum")(z, np.zeros_like(sure)).backward()
    else:
        z = Tensor(np.stack([np.zeros_like(sure), sure]).T.astype(dtype), requires_grad=True)
        nn.CrossEntropyLoss(reduction="sum")(z, np.zeros(len(sure), int)).backward()
    sizes = np.abs(z.grad.numpy())
    assert (sizes > 0).any() and (sizes == 0).any()
    assert sizes[sizes > 0].min() > 1e6 * tiny  # so that they may still shrink on the way back


@pytest.mark.parametrize("bad", [-0.1, 1.1, 255, np.nan])
def test_bce_refuses_targets_outside_0_to_1(bad):
    with pytest.raises(ValueError, match=r"target \(1 = yes, 0 = no\) is (below 0|above 1|NaN)"):
        bce([0, 0], [1, bad])


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64, np.float64])
def test_bce_labels_of_any_dtype_leave_the_loss_float32(dtype):
    loss = nn.BCEWithLogitsLoss()(Tensor([0.0, 0.0]), Tensor(np.array([0, 1], dtype)))
    assert loss.dtype == np.float32
    assert loss.item() == pytest.approx(np.log(2))


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("shape", [(), (1,), (3, 1)])
def test_bce_of_float32_is_float32_in_every_shape(shape, reduction):
    z = Tensor(np.zeros(shape, np.float32), requires_grad=True)
    loss = nn.BCEWithLogitsLoss(reduction=reduction)(z, np.ones(shape))
    loss.sum().backward()
    assert (loss.dtype, z.grad.dtype) == (np.float32, np.float32)


# ---- squared error ------------------------------------------------------------------------------


def test_mse_closed_form():
    # The errors are 1, -2 and 3.
    predictions, targets = Tensor([1.0, 0.0, 5.0]), Tensor([0.0, 2.0, 2.0])
    assert nn.MSELoss(reduction="none")(predictions, targets).numpy().tolist() == [1, 4, 9]
    assert nn.MSELoss(reduction="sum")(predictions, targets).item() == 14
    assert nn.MSELoss()(predictions, targets).item() == pytest.approx(14 / 3)


def test_mse_of_exercise_1_2():
    # The exact intensity, target 0.7, and dL/dI = 2 (I - 0.7) of the renderer in 1.2c.
    intensity = Tensor(np.array(0.9999329870), requires_grad=True)
    nn.mse_loss(intensity, Tensor(np.array(0.7))).backward()
    assert intensity.grad.item() == pytest.approx(0.5998660, abs=5e-8)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_mse_gradient(reduction):
    rng = np.random.default_rng(0)
    a, b = (Tensor(rng.normal(size=(4, 3)), requires_grad=True) for _ in range(2))
    assert gradcheck(nn.MSELoss(reduction=reduction), (a, b))


# ---- what both share ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", LOSSES)
def test_mean_and_sum_are_those_of_none(name):
    rng = np.random.default_rng(0)
    a, b = Tensor(rng.normal(size=(4, 3))), Tensor(rng.uniform(size=(4, 3)))
    single = LOSSES[name](reduction="none")(a, b).numpy()
    assert single.shape == (4, 3)
    assert LOSSES[name](reduction="sum")(a, b).item() == pytest.approx(single.sum(), rel=1e-14)
    assert LOSSES[name]()(a, b).item() == pytest.approx(single.mean(), rel=1e-14)


@pytest.mark.parametrize("name", LOSSES)
def test_n_by_1_against_n_is_an_error_that_explains_the_trap(name):
    with pytest.raises(ValueError) as caught:
        LOSSES[name]()(Tensor(np.zeros((5, 1))), Tensor(np.zeros(5)))
    message = str(caught.value)
    assert "(5, 1)" in message and "(5,)" in message
    assert "silently stretch both" in message
    assert "target.reshape(5, 1)" in message


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("shapes", [((5, 1), (1,)), ((5, 1), ()), ((5, 1), (4, 1))])
def test_other_unequal_shapes_are_errors(name, shapes):
    with pytest.raises(ValueError, match=r"predictions .* and targets .* differ.* both$"):
        LOSSES[name]()(Tensor(np.zeros(shapes[0])), Tensor(np.zeros(shapes[1])))  # none to reshape


@pytest.mark.parametrize("name", LOSSES)
def test_unknown_reduction_is_an_error_when_the_loss_is_made(name):
    with pytest.raises(ValueError, match="reduction must be 'mean', 'sum' or 'none'"):
        LOSSES[name](reduction="average")


@pytest.mark.parametrize("function", [nn.binary_cross_entropy_with_logits, nn.mse_loss])
def test_functions_check_the_reduction_too(function):
    with pytest.raises(ValueError, match="reduction must be .*got None"):
        function(Tensor([0.0]), Tensor([0.0]), reduction=None)
    with pytest.raises(ValueError, match="reduction must be .*got an array"):
        nn.cross_entropy(Tensor([[0.0]]), [0], reduction=np.zeros(2))


@pytest.mark.parametrize("name", LOSSES)
def test_the_mean_of_no_entries_is_an_error_and_the_sum_is_zero(name):
    nothing = Tensor(np.zeros((0, 1)))
    with pytest.raises(ValueError, match="mean of no entries"):
        LOSSES[name]()(nothing, nothing)
    assert LOSSES[name](reduction="sum")(nothing, nothing).item() == 0


@pytest.mark.parametrize("bad, message", [
    (np.zeros(2, int), "input must be floats, got int64"),
    (Tensor(np.zeros(2, bool)), "input must be floats, got bool"),
    (0.5, "input must be a tensor or an array, got 0.5"),
    ([0.0, 0.0], r"input must be a tensor or an array, got \[0.0, 0.0\]"),
])
@pytest.mark.parametrize("name", LOSSES)
def test_predictions_must_be_a_tensor_or_array_of_floats(name, bad, message):
    with pytest.raises(TypeError, match=message):
        LOSSES[name]()(bad, Tensor(np.zeros(2)))


# ---- one class out of many ----------------------------------------------------------------------


def class_loss(name, scores, target, dtype=np.float64, **options):
    """The single losses, as an array."""
    loss = getattr(nn, name)(Tensor(np.array(scores, dtype)), target, reduction="none", **options)
    assert loss.dtype == dtype
    return loss.numpy()


def test_softmax_closed_forms():
    # e^log(k) = k: the probabilities are 1/6, 2/6, 3/6.
    scores = Tensor(np.log([[1.0, 2, 3], [1, 1, 1]]))
    expected = np.array([[1, 2, 3], [2, 2, 2]]) / 6
    np.testing.assert_allclose(nn.softmax(scores, 1).numpy(), expected, rtol=1e-15)
    np.testing.assert_allclose(nn.softmax(scores.T, dim=0).numpy(), expected.T, rtol=1e-15)
    np.testing.assert_allclose(nn.log_softmax(scores, -1).numpy(), np.log(expected), rtol=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.filterwarnings("error")
def test_huge_scores_are_exact(dtype):
    scores = np.array([[1e4, 0, -1e4], [-1e4, -1e4, -1e4]], dtype)
    assert nn.softmax(Tensor(scores), 1).numpy()[0].tolist() == [1, 0, 0]
    np.testing.assert_allclose(nn.softmax(Tensor(scores), 1).numpy()[1], 1 / 3, rtol=1e-6)
    assert nn.log_softmax(Tensor(scores), 1).numpy()[0].tolist() == [0, -1e4, -2e4]
    assert class_loss("cross_entropy", scores[[0, 0]], [0, 2], dtype).tolist() == [0, 2e4]
    assert class_loss("multi_margin_loss", scores[[0, 0]], [0, 2], dtype) == pytest.approx(
        [0, (20_001 + 10_001) / 3])


@pytest.mark.filterwarnings("error")
def test_cross_entropy_gradient_of_huge_scores_is_probability_minus_target():
    scores = Tensor(np.array([[1e4, 0, -1e4], [1e4, 0, -1e4]]), requires_grad=True)
    nn.cross_entropy(scores, [0, 2], reduction="sum").backward()
    assert scores.grad.numpy().tolist() == [[0, 0, 0], [1, 0, -1]]


def test_cross_entropy_of_two_classes_is_binary_cross_entropy_of_their_difference():
    rng = np.random.default_rng(0)
    scores, y = rng.normal(0, 3, (50, 2)), rng.integers(0, 2, 50)
    assert class_loss("cross_entropy", scores, y) == pytest.approx(
        bce(scores[:, 1] - scores[:, 0], y), rel=1e-12)


def test_label_smoothing_is_the_cross_entropy_with_the_smoothed_target():
    scores, y, e = np.random.default_rng(0).normal(size=(5, 3)), np.array([0, 2, 1, 1, 0]), 0.3
    target = (1 - e) * np.eye(3)[y] + e / 3
    expected = -(target * np.log(np.exp(scores) / np.exp(scores).sum(1, keepdims=True))).sum(1)
    assert class_loss("cross_entropy", scores, y, label_smoothing=e) == pytest.approx(expected)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_ignored_targets_change_nothing(smoothing):
    values = np.random.default_rng(0).normal(size=(4, 3))
    scores = Tensor(values, requires_grad=True)
    loss = nn.CrossEntropyLoss(ignore_index=-1, label_smoothing=smoothing)
    all_of_them = loss(scores, [0, -1, 2, -1])
    assert all_of_them.item() == pytest.approx(loss(Tensor(values[[0, 2]]), [0, 2]).item())
    all_of_them.backward()
    assert (scores.grad.numpy() != 0).any(axis=1).tolist() == [True, False, True, False]
    assert class_loss("cross_entropy", values, [0, 7, 7, 1], ignore_index=7)[1:3].tolist() == [0, 0]


def test_classes_of_pixels_are_those_of_single_samples():
    scores = np.random.default_rng(0).normal(size=(2, 3, 4, 5))
    classes = np.random.default_rng(1).integers(0, 3, (2, 4, 5))
    single = class_loss("cross_entropy", scores.transpose(0, 2, 3, 1).reshape(-1, 3),
                        classes.ravel())
    np.testing.assert_allclose(class_loss("cross_entropy", scores, classes).ravel(), single)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ["cross_entropy", "multi_margin_loss"])
def test_one_sample_without_a_batch(name, dtype):
    scores = np.array([0.5, 1.0, 0.0])
    one = class_loss(name, scores, 2, dtype)
    assert one.shape == ()
    assert one == pytest.approx(class_loss(name, scores[None], [2])[0], rel=1e-6)


def test_the_hinge_by_hand():
    scores = [[3.0, 1, -2, 0], [3, 1, -2, 0]]
    # Margins 1 and 3 from the right class, the second: (1 + 3 - 1) + 0 + 0, (3 + 3 - 1) + 0 + 2.
    assert class_loss("multi_margin_loss", scores, [1, 1]).tolist() == [3 / 4, 3 / 4]
    assert class_loss("multi_margin_loss", scores, [1, 1], margin=3.0).tolist() == [7 / 4, 7 / 4]
    assert class_loss("multi_margin_loss", scores, [1, 0], p=2).tolist() == [9 / 4, 0]


@pytest.mark.parametrize("margin", [np.nan, 1.1e30, -1.1e30, "1"])
def test_a_margin_is_a_number(margin):
    with pytest.raises((ValueError, TypeError), match="margin must be"):
        nn.multi_margin_loss(Tensor([[1.0, 2.0]]), [0], margin=margin)


def test_the_hinge_no_longer_pulls_beyond_its_margin():
    scores = Tensor(np.array([[2.0, 1, 0.5], [1.5, 1, 0]]), requires_grad=True)
    nn.multi_margin_loss(scores, [0, 0], reduction="sum").backward()
    assert scores.grad.numpy() * 3 == pytest.approx(np.array([[0, 0, 0], [-1, 1, 0]]))


CLASS_GRADIENTS = {
    "softmax": lambda s: nn.softmax(s, 1),
    "softmax along another axis": lambda s: nn.Softmax(0)(s),
    "log softmax": lambda s: nn.LogSoftmax(1)(s),
    "cross entropy": lambda s: nn.CrossEntropyLoss()(s, [0, 2, 2, 1]),
    "cross entropy, sum": lambda s: nn.CrossEntropyLoss(reduction="sum")(s, [0, 2, 2, 1]),
    "cross entropy, none": lambda s: nn.CrossEntropyLoss(reduction="none")(s, [0, 2, 2, 1]),
    "cross entropy, options": lambda s: nn.CrossEntropyLoss(
        ignore_index=2, label_smoothing=0.3)(s, [0, 2, 2, 1]),
    "cross entropy, one sample": lambda s: nn.cross_entropy(s[0], 1, label_smoothing=0.1),
    "hinge": lambda s: nn.MultiMarginLoss()(s, [0, 2, 2, 1]),
    "hinge, squared": lambda s: nn.MultiMarginLoss(2, 0.7, reduction="none")(s, [0, 2, 2, 1]),
}


@pytest.mark.parametrize("name", CLASS_GRADIENTS)
def test_gradients_of_losses_for_classes(name):
    scores = Tensor(np.random.default_rng(0).normal(0, 2, (4, 3)), requires_grad=True)
    assert gradcheck(CLASS_GRADIENTS[name], scores)


@pytest.mark.parametrize("name", ["cross_entropy", "multi_margin_loss"])
@pytest.mark.parametrize("shape, target, error, message", [
    ((2, 3), [0, 3], ValueError, "target is no class from 0 to 2, .* at 1"),
    ((2, 3), [0, -1], ValueError, "target is no class from 0 to 2, .* at 1"),
    ((2, 1), [0, 1], ValueError, "target is no class from 0 to 0, .* at 1"),
    ((2, 3), [0, 1, 2], ValueError, r"target .* the shape \(2,\), got \(3,\); a class"),
    ((2, 3), [[0], [1]], ValueError, r"target .* the shape \(2,\), got \(2, 1\)"),
    ((2, 3), [0.0, 1.0], TypeError, "target must be whole numbers, got float64"),
    ((2, 0), [0, 0], ValueError, "axis of classes"),
    ((), 0, ValueError, "axis of classes"),
    ((0, 3), [], ValueError, "the mean of no entries"),
])
def test_targets_that_do_not_fit(name, shape, target, error, message):
    with pytest.raises(error, match=message):
        getattr(nn, name)(Tensor(np.zeros(shape)), target)


def test_other_errors_of_losses_for_classes():
    scores = Tensor(np.zeros((2, 3)))
    with pytest.raises(ValueError, match="the mean of no entries: .* all targets are ignored"):
        nn.cross_entropy(scores, [-100, -100])
    with pytest.raises(ValueError, match="label_smoothing must be at least 0 and at most 1"):
        nn.cross_entropy(scores, [0, 1], label_smoothing=1.5)
    with pytest.raises(ValueError, match="p must be 1"):
        nn.multi_margin_loss(scores, [0, 1], p=3)
    with pytest.raises(ValueError, match=r"\(N, C\) or \(C,\)"):
        nn.multi_margin_loss(Tensor(np.zeros((2, 3, 4))), np.zeros((2, 4), int))
    for make in (nn.CrossEntropyLoss, nn.MultiMarginLoss):
        with pytest.raises(ValueError, match="reduction"):
            make(reduction="average")
    for function in (nn.softmax, nn.log_softmax):
        with pytest.raises(TypeError, match="input must be floats"):
            function(np.zeros(3, int), 0)


def test_options_of_losses_count_as_the_numbers_that_they_are():
    """Also halves, in which 1 - 0.1 would be off in the fourth digit, and fractions."""
    scores, share = Tensor(np.array([[1.0, 2.0, 3.0]])), np.float16(0.1)
    found = [nn.cross_entropy(scores, [0], label_smoothing=e).item() for e in (share, float(share))]
    log_p = scores.numpy()[0] - np.log(np.exp(scores.numpy()).sum())
    wanted = -(1 - float(share)) * log_p[0] - float(share) * log_p.mean()
    assert found == pytest.approx([wanted, wanted], rel=1e-12)
    # max(0, 1 - 3 + m) + max(0, 2 - 3 + m) over 3 classes, with m = 5/2
    assert nn.multi_margin_loss(scores, [2], margin=Fraction(5, 2)).item() == pytest.approx(2 / 3)


def test_softmax_of_no_entries_is_empty():
    assert nn.softmax(Tensor(np.zeros((3, 0))), dim=1).shape == (3, 0)
    assert nn.log_softmax(Tensor(np.zeros((3, 0))), dim=1).shape == (3, 0)


def test_smoothing_by_a_numpy_float_keeps_the_dtype():
    scores = Tensor(np.zeros((2, 3), np.float32))
    loss = nn.cross_entropy(scores, [0, 1], label_smoothing=np.float64(0.1), reduction="none")
    assert loss.dtype == np.float32


def test_an_ignored_target_hides_scores_that_are_nan():
    losses = nn.cross_entropy(Tensor([[np.nan, 0.0], [0.0, 0.0]]), [-100, 0], reduction="none")
    np.testing.assert_allclose(losses.numpy(), [0, np.log(2)], rtol=1e-6)


def test_booleans_are_no_classes():
    for loss in (nn.cross_entropy, nn.multi_margin_loss):
        with pytest.raises(TypeError, match="target must be whole numbers"):
            loss(Tensor(np.zeros((2, 3))), np.array([True, False]))


def test_the_layer_ignores_what_the_function_ignores_if_nothing_is_said():
    scores = Tensor([[3.0, 1.0], [0.0, 0.0]])
    assert nn.CrossEntropyLoss()(scores, [-100, 1]).item() == pytest.approx(np.log(2))


# ---- what is not finite, and halves -------------------------------------------------------------


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.filterwarnings("error")
def test_an_ignored_row_of_minus_infinity_has_gradient_zero(reduction):
    values = np.array([[-np.inf, -np.inf], [0.0, 0.0], [np.nan, np.inf]])
    scores = Tensor(values, requires_grad=True)
    loss = nn.cross_entropy(scores, [-100, 1, -100], reduction=reduction)
    # Only the second row counts: log 2, and p - t = (1/2, -1/2).
    assert np.ravel(loss.detach().numpy())[0 if reduction != "none" else 1] == pytest.approx(
        np.log(2))
    loss.sum().backward()
    assert scores.grad.numpy().tolist() == [[0, 0], [0.5, -0.5], [0, 0]]


def test_an_ignored_row_has_gradient_zero_whatever_comes_back():
    scores = Tensor(np.zeros((2, 2)), requires_grad=True)
    nn.cross_entropy(scores, [-100, 1], reduction="none").backward([np.inf, 2.0])
    assert scores.grad.numpy().tolist() == [[0, 0], [1, -1]]


def test_the_hinge_of_a_right_class_ahead_by_infinity_is_zero():
    scores = Tensor(np.array([[np.inf, 0.0, 1.0]]), requires_grad=True)
    loss = nn.multi_margin_loss(scores, [0])
    loss.backward()
    assert loss.item() == 0 and scores.grad.numpy().tolist() == [[0, 0, 0]]


NAN_LOSSES = {
    "bce": lambda z: nn.binary_cross_entropy_with_logits(z, np.ones((2, 3)), reduction="none"),
    "mse": lambda z: nn.mse_loss(z, np.ones((2, 3)), reduction="none"),
    "cross entropy": lambda z: nn.cross_entropy(z, [0, 1], reduction="none"),
    "hinge": lambda z: nn.multi_margin_loss(z, [0, 1], reduction="none"),
    "softmax": lambda z: nn.softmax(z, 1), "log softmax": lambda z: nn.log_softmax(z, 1),
}


@pytest.mark.parametrize("name", NAN_LOSSES)
@pytest.mark.filterwarnings("error")
def test_nan_in_a_row_of_predictions_comes_out_of_that_row(name):
    z = np.zeros((2, 3))
    z[1, 2] = np.nan
    out = NAN_LOSSES[name](Tensor(z)).numpy().reshape(2, -1)
    assert np.isnan(out).any(axis=1).tolist() == [False, True]


@pytest.mark.parametrize("name", NAN_LOSSES)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.filterwarnings("error")
def test_the_largest_numbers_give_no_nan_and_no_warning(name, dtype):
    largest = np.finfo(dtype).max
    z = np.array([[largest, -largest, 0], [0, largest, largest]], dtype)
    assert not np.isnan(NAN_LOSSES[name](Tensor(z)).numpy()).any()


def test_a_half_keeps_its_small_errors():
    # sigmoid(3) - 1 = -0.0474; what is below 2^-14 / 2^-10 = 0.0625 was once taken for nothing.
    z = Tensor(np.array([3.0], np.float16), requires_grad=True)
    nn.binary_cross_entropy_with_logits(z, [1.0], reduction="sum").backward()
    assert z.grad.numpy()[0] == pytest.approx(-1 / (1 + np.exp(3)), rel=2e-3)


def test_softmax_of_many_halves_adds_them_up():
    # 4096 equal scores: log(1 / 4096) for each, along whichever axis; the losses are all the same.
    z = Tensor(np.zeros((1, 4096, 2), np.float16))
    assert -nn.log_softmax(z, 1).data[0, 0, 0] == pytest.approx(np.log(4096), rel=1e-3)
    many = Tensor(np.zeros((100_000, 2), np.float16))  # each is log 2; their share is below 1e-5
    assert nn.cross_entropy(many, np.zeros(100_000, int)).item() == pytest.approx(np.log(2), 1e-3)


def test_the_bias_of_a_convolution_of_halves_gets_all_its_gradients():
    layer = nn.Conv2d(1, 1, 1, rng=0, dtype=np.float16)
    out = layer(Tensor(np.zeros((4096, 1, 1, 1), np.float16)))
    out.backward(np.ones(out.shape))
    assert layer.bias.grad.tolist() == [4096]


def test_the_mean_of_many_halves_does_not_overflow():
    # 2,000 losses of 50: the sum, 100,000, is beyond the largest half, 65,504.
    z = np.tile(np.array([0, 50.0], np.float16), (2000, 1))
    assert nn.cross_entropy(Tensor(z), np.zeros(2000, int)).item() == pytest.approx(50, rel=1e-2)


def test_options_are_checked_when_the_loss_is_made():
    for make, message in ((lambda: nn.CrossEntropyLoss(label_smoothing=np.nan), "label_smoothing"),
                          (lambda: nn.CrossEntropyLoss(label_smoothing=1.01), "label_smoothing"),
                          (lambda: nn.CrossEntropyLoss(ignore_index=2**70), "ignore_index"),
                          (lambda: nn.MultiMarginLoss(p=3), "p must be 1 or 2"),
                          (lambda: nn.MultiMarginLoss(margin=np.inf), "margin must be a finite")):
        with pytest.raises(ValueError, match=message):
            make()
    for ignored in (-2**63, 2**63 - 1):  # all that a target of 64 bits can be
        loss = nn.CrossEntropyLoss(ignore_index=ignored, reduction="sum")
        assert loss.ignore_index == ignored
        assert loss(np.zeros((2, 3)), [0, ignored]).item() == pytest.approx(np.log(3))
    for ignored in (-2**63 - 1, 2**63):
        for make in (nn.CrossEntropyLoss, partial(nn.cross_entropy, np.zeros((1, 3)), [0])):
            with pytest.raises(ValueError, match="ignore_index must be at least"):
                make(ignore_index=ignored)
    with pytest.raises(TypeError, match="dim must be a whole number"):
        nn.Softmax("rows")
    with pytest.raises(ValueError, match="dim must be from -2 to 1, got 2"):
        nn.softmax(np.zeros((2, 3)), 2)


def test_options_that_torch_has_in_another_place_are_named():
    for make in (lambda: nn.MSELoss("sum"), lambda: nn.BCEWithLogitsLoss("sum"),
                 lambda: nn.mse_loss(np.zeros(1), np.zeros(1), "sum")):
        with pytest.raises(TypeError, match="positional"):
            make()


def test_the_first_wrong_target_is_named():
    with pytest.raises(ValueError, match="target is no class from 0 to 3, the first at 2: 7"):
        nn.cross_entropy(np.zeros((3, 4)), [0, 1, 7])
    with pytest.raises(ValueError, match="3 numbers of target .* above 1, the first at 1: 2"):
        nn.binary_cross_entropy_with_logits(np.zeros(3), [0.0, 2.0, 1.0])
    with pytest.raises(ValueError, match="target must be an array, or lists of equally many"):
        nn.mse_loss(np.zeros(2), [[1.0], [1.0, 2.0]])


def test_an_array_of_predictions_is_a_constant():
    z, y = np.array([[0.0, 1.0]]), [1]
    assert nn.cross_entropy(z, y).item() == nn.cross_entropy(Tensor(z), y).item()
    assert not nn.mse_loss(z, z).requires_grad


@pytest.mark.parametrize("target", [[0.0], [True]])
def test_one_class_that_is_no_whole_number_is_refused(target):
    with pytest.raises(TypeError, match="target must be whole numbers"):
        nn.functional.cross_entropy(Tensor([[1.0, 2.0]]), np.array(target))
