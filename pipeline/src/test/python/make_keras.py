"""Makes the small Keras files that the tests read, and the logits that Keras itself computes for them.

  python make_keras.py FOLDER      needs keras, jax and numpy; KERAS_BACKEND=jax

The image has 24 x 24 pixels of 3 channels; its value at position i of [H, W, C] is 7919 i mod 256.
"""

import pathlib
import sys

import keras
import numpy as np
from keras import layers

SIDE = 24


def fill(model, rng):
    """Weights that are not those of an initializer, so that none can be taken for another."""
    filled = []
    for variable, value in zip(model.weights, model.get_weights()):
        positive = "variance" in variable.path or "gamma" in variable.path
        drawn = rng.normal(1 if positive else 0, 0.2 if positive else 0.3, value.shape)
        filled.append(np.abs(drawn) if positive else drawn)
    model.set_weights([value.astype("float32") for value in filled])
    return model


def base():
    image = layers.Input((SIDE, SIDE, 3))
    x = layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False, name="stem")(image)
    x = layers.BatchNormalization(name="bn", scale=False)(x)
    x = layers.ReLU(6.0, name="clamp")(x)
    x = layers.SeparableConv2D(12, 3, padding="same", depth_multiplier=2, name="separable")(x)
    y = layers.DepthwiseConv2D(3, padding="same", name="deep")(x)
    return keras.Model(image, layers.Add()([x, y]), name="tiny_base")


def transfer():
    """As the tutorials of transfer learning make it."""
    image = layers.Input((SIDE, SIDE, 3))
    x = keras.Sequential([layers.RandomFlip("horizontal"), layers.RandomRotation(0.2)])(image)
    x = x / 127.5 - 1.0
    x = base()(x, training=False)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(0.2)(x)
    return keras.Model(image, layers.Dense(5)(x))


def normalization(rng):
    adapted = layers.Normalization(axis=-1)
    adapted.adapt(rng.uniform(0, 255, (4, SIDE, SIDE, 3)).astype("float32"))
    return keras.Sequential(
        [
            layers.Input((SIDE, SIDE, 3)),
            adapted,
            layers.Conv2D(6, 3, activation="relu"),
            layers.Conv2D(7, 1),
            layers.AveragePooling2D(SIDE - 2),
            layers.Flatten(),
            layers.Dense(4),
        ]
    )


def main(folder):
    rng = np.random.default_rng(3)
    kept = normalization(rng)
    statistics = kept.layers[0].get_weights()
    fill(kept, rng)
    kept.layers[0].set_weights(statistics)
    image = (np.arange(SIDE * SIDE * 3) * 7919 % 256).reshape(1, SIDE, SIDE, 3).astype("float32")
    lines = []
    for name, model in (("transfer", fill(transfer(), rng)), ("normalization", kept)):
        for kind in ("keras", "h5") if name == "transfer" else ("keras",):
            model.save(folder / f"{name}.{kind}")
            logits = model.predict(image, verbose=0)[0]
            lines.append(f"{name}.{kind} " + " ".join(repr(float(value)) for value in logits))
    (folder / "golden.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
