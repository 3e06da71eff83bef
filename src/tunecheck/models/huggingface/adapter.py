"""Whether switching an adapter off really gives the base model back."""

from __future__ import annotations

from tunecheck.models.locate import ModelSource

# Initialisations of LoRA that leave the base weights alone. The others (PiSSA, OLoRA, CorDA, LoftQ, LoRA-GA) subtract
# something from them, so that with the adapter off a residual is left and not the base:
# https://huggingface.co/docs/peft/developer_guides/lora
_INNOCENT_INITS = {"true", "false", "gaussian", "eva", "orthogonal", "none"}

# Methods that only add to the base and can be switched off whole.
_ADDITIVE = {
    "LORA", "ADALORA", "IA3", "LOHA", "LOKR", "OFT", "BOFT", "VERA", "LN_TUNING", "FOURIERFT", "HRA",
    "PREFIX_TUNING", "PROMPT_TUNING", "P_TUNING", "MULTITASK_PROMPT_TUNING", "RANDLORA", "ROAD",
    "MISS", "BONE", "SHIRA",
}  # fmt: skip


def apart_reason(source: ModelSource) -> str | None:
    """Why the base has to be loaded on its own, or None when one copy of the weights can serve both sides.

    What the configuration does not show (whole layers saved with the adapter, methods listed here by mistake) is found
    when the adapter is loaded: switched off it must give the base's numbers to the last bit.
    """
    config = source.adapter
    if config is None:
        return "the tuned model is a full model"
    if config.bias != "none":
        return f"the adapter trained biases (bias={config.bias!r}), which stay when it is switched off"
    if config.init not in _INNOCENT_INITS:
        return f"the adapter's initialisation ({config.init}) changed the base weights"
    if config.layer_replication:
        return "the adapter replicated layers of the base"
    if config.method not in _ADDITIVE:
        return f"PEFT method {config.method} is not known to switch off without a trace"
    return None
