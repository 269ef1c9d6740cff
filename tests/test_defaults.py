"""What stands for an argument that is left out.

Of what a peer has too, these are the peer's, as its documentation gives them (PyTorch,
scikit-learn, scikit-image).  The others are minicv's own: programs rely on them, so one that
changes is changed here too, on purpose.
"""

import inspect
import pkgutil

import pytest

PEERS = """
autograd.Tensor.flatten: start_dim=0, end_dim=-1
autograd.concatenate: dim=0
autograd.stack: dim=0
autograd.gradcheck: eps=1e-6, atol=1e-5, rtol=1e-3
detection_metrics.roc_curve: drop_intermediate=True
fast.marching_cubes: level=None, spacing=(1, 1, 1), step_size=1, allow_degenerate=True
nn.optim.Adam: lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0
nn.optim.SGD: lr=1e-3, momentum=0, weight_decay=0
nn.Conv2d: stride=1, padding=0, dilation=1, groups=1, bias=True
nn.MaxPool2d: stride=None, padding=0, dilation=1, ceil_mode=False
nn.Linear: bias=True
nn.Flatten: start_dim=1, end_dim=-1
nn.CrossEntropyLoss: ignore_index=-100, label_smoothing=0
nn.MultiMarginLoss: p=1, margin=1
nn.functional.conv2d: stride=1, padding=0, dilation=1, groups=1
nn.functional.max_pool2d: stride=None, padding=0, dilation=1, ceil_mode=False
nn.functional.cross_entropy: ignore_index=-100, label_smoothing=0
nn.functional.multi_margin_loss: p=1, margin=1
nn.DataLoader: batch_size=1, shuffle=False, num_workers=0, drop_last=False
person_detector.hog: orientations=9, pixels_per_cell=(8, 8), cells_per_block=(3, 3)
person_detector.hog: block_norm='L2-Hys', visualize=False, transform_sqrt=False, feature_vector=True
person_detector.LogisticRegression: C=1, max_iter=100, fit_intercept=True, warm_start=False
person_detector.LinearSVC: loss='squared_hinge', C=1, max_iter=1000, fit_intercept=True
person_detector.KNeighborsClassifier: n_neighbors=5, weights='uniform'
"""
OWN = """
channel_detector.CellFeatures: colour=True, gamma=0.5
channel_detector.ChannelDetector: window=(16, 8), step=1.1, smallest=77, n_jitter=3, mirror=True
channel_detector.ChannelDetector: mining_rounds=4, regress=True, suppression=0.5, average=True
channel_detector.ChannelDetector: look_twice=True, C=0.01, progress=False
channel_detector.ChannelDetector.detect: threshold=-1.0
datasets.contiguous_folds: n_folds=4
decision_boundary.decision_boundary: level=0
decision_boundary.ray_crossings: level=0
decision_boundary.exact_surface: bounds=(-0.5, 0.5), level=0, most_cells=200_000
detection_metrics.bootstrap_interval: n_resamples=1000, level=0.95
detection_metrics.match_detections: iou_threshold=0.5
detection_metrics.match_images: iou_threshold=0.5
fast.evaluate_grid: resolution=128, bounds=(-0.5, 0.5), n_inputs=3
fast.evaluate_near_surface: resolution=128, level=0, bounds=(-0.5, 0.5), coarsest=32
fast.extract_mesh: resolution=128, level=0, bounds=(-0.5, 0.5)
nn.fit: eval_every=1
nn.seen_inputs_by_gradient: tries=32
nn.train_val_split: fraction=0.8
occupancy_network.OccupancyNetwork: hidden_size=64, n_hidden=4, n_inputs=3
occupancy_network.evaluate_grid: resolution=128, bounds=(-0.5, 0.5), n_inputs=3
occupancy_network.extract_mesh: resolution=128, level=0, bounds=(-0.5, 0.5)
occupancy_network.marching_cubes: level=0, spacing=(1, 1, 1)
occupancy_network.mesh_from_grid: level=0, bounds=(-0.5, 0.5)
person_detector.LinearSVC: tol=1e-14
person_detector.PersonDetector: step=1.1, smallest=77, mining_rounds=4
person_detector.PersonDetector.detect: threshold=0
person_detector.draw_hog: orientations=9, cells_per_block=(3, 3), glyph=16
person_detector.image_to_hog_patches: orientations=9, pixels_per_cell=(8, 8)
person_detector.image_to_hog_patches: cells_per_block=(3, 3), transform_sqrt=False
person_detector.offset_box: max_offset=0.2
person_detector.training_patches: patch_size=(150, 50), n_random=3, n_offset=3
plotting.draw_running_means: points=60
volumetric_rendering.Camera.look_at: up=(0, 0, 1)
volumetric_rendering.LossWeights: colour=20, occupancy=2, freespace=1, sharpness=10, floor=0.5
volumetric_rendering.Schedule: n_batches=2000, n_rays=256, first_steps=16
volumetric_rendering.Schedule: lr_first=5e-3, lr_last=1e-4
volumetric_rendering.TexturedShape: hidden_size=64, n_hidden=3, frequencies=4
volumetric_rendering.find_surface: n_steps=32, n_secant=8, level=0
volumetric_rendering.implicit_depth: level=0, floor=0, newton=False
volumetric_rendering.render: n_steps=64, n_secant=8, bounds=(-0.5, 0.5)
volumetric_rendering.box_interval: bounds=(-0.5, 0.5)
volumetric_rendering.placing.seen_bounds: resolution=64
"""


@pytest.mark.parametrize("line", [*PEERS.split("\n")[1:-1], *OWN.split("\n")[1:-1]])
def test_what_is_left_out_is(line):
    name, wanted = line.split(": ")
    parameters = inspect.signature(pkgutil.resolve_name(f"minicv.{name}")).parameters
    for option, value in eval(f"dict({wanted})").items():
        assert parameters[option].default == value, option
