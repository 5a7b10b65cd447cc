"""Training runs whose cost was published, to check the estimates against.

Device hours include whatever the authors counted; sources beside each run. The architecture's
layers and width are those of the paper or model card.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Published:
    """A run: parameters, layers, width, context, tokens; devices, and the device hours it took."""

    name: str
    parameters: float
    layers: int
    width: int
    context: int
    tokens: float
    device: str
    devices: int
    device_hours: float
    source: str


RUNS = (
    Published("nanoGPT GPT-2 124M", 124e6, 12, 768, 1024, 295e9, "A100-40GB", 8, 8 * 96,
              "karpathy/nanoGPT README: about 4 days on 8xA100 40GB, 600,000 steps of 0.49M"),
    Published("llm.c GPT-2 124M", 124e6, 12, 768, 1024, 10e9, "A100-80GB", 8, 8 * 1.5,
              "karpathy/llm.c discussion 481: 90 minutes on 8xA100 80GB"),
    Published("llm.c GPT-2 124M on H100", 124e6, 12, 768, 1024, 10e9, "H100", 8, 8 * 0.75,
              "karpathy/llm.c: 45 minutes on 8xH100"),
    Published("llm.c GPT-2 1558M", 1558e6, 48, 1600, 1024, 33.6e9, "H100", 8, 8 * 24,
              "karpathy/llm.c discussion 677: 24 hours on 8xH100"),
    Published("nanochat d20", 561e6, 20, 1280, 2048, 11.2e9, "H100", 8, 8 * 3,
              "karpathy/nanochat discussion 1: about 3 hours of pretraining on 8xH100"),
    Published("Pythia 1B", 1.01e9, 16, 2048, 2048, 299.9e9, "A100-40GB", 64, 4830,
              "arXiv 2304.01373, table of GPU hours"),
    Published("Pythia 2.8B", 2.78e9, 32, 2560, 2048, 299.9e9, "A100-40GB", 64, 14240,
              "arXiv 2304.01373, table of GPU hours"),
    Published("Pythia 6.9B", 6.86e9, 32, 4096, 2048, 299.9e9, "A100-40GB", 128, 33500,
              "arXiv 2304.01373, table of GPU hours"),
    Published("Pythia 12B", 11.85e9, 36, 5120, 2048, 299.9e9, "A100-40GB", 256, 72300,
              "arXiv 2304.01373, table of GPU hours"),
    Published("TinyLlama 1.1B", 1.1e9, 22, 2048, 2048, 3e12, "A100-40GB", 16, 16 * 24 * 90,
              "arXiv 2401.02385 and README: 3T tokens in 90 days on 16xA100 40GB"),
    Published("LLaMA 7B", 6.74e9, 32, 4096, 2048, 1e12, "A100-80GB", 2048, 82432,
              "arXiv 2302.13971, table 15"),
    Published("LLaMA 65B", 65.2e9, 80, 8192, 2048, 1.4e12, "A100-80GB", 2048, 1022362,
              "arXiv 2302.13971, table 15"),
    Published("Llama 2 7B", 6.74e9, 32, 4096, 4096, 2e12, "A100-80GB", 1024, 184320,
              "arXiv 2307.09288, table 2"),
    Published("Llama 2 70B", 69e9, 80, 8192, 4096, 2e12, "A100-80GB", 2048, 1720320,
              "arXiv 2307.09288, table 2"),
    Published("MPT-7B", 6.65e9, 32, 4096, 2048, 1e12, "A100-40GB", 440, 440 * 24 * 9.5,
              "MosaicML, Introducing MPT-7B: 9.5 days on 440xA100 40GB"),
    Published("GPT-NeoX-20B", 20.6e9, 44, 6144, 2048, 472e9, "A100-40GB", 96, 96 * 1830,
              "arXiv 2204.06745: 1,830 hours on 96xA100 40GB"),
    Published("BLOOM 176B", 176e9, 70, 14336, 2048, 366e9, "A100-80GB", 384, 1082990,
              "arXiv 2211.02001: 1,082,990 GPU hours"),
    Published("SmolLM3 3B", 3.08e9, 36, 2048, 4096, 11.2e12, "H100", 384, 384 * 24 * 24,
              "Hugging Face blog on SmolLM3: 24 days on 384xH100"),
    Published("Llama 3.1 8B", 8.03e9, 32, 4096, 8192, 15e12, "H100", 8192, 1.46e6,
              "Llama 3.1 model card: 1.46M GPU hours"),
    Published("Llama 3.1 405B", 405e9, 126, 16384, 8192, 15.6e12, "H100", 16384, 30.84e6,
              "Llama 3.1 model card: 30.84M GPU hours"),
    Published("torchtitan Llama 8B", 8.03e9, 32, 4096, 8192, 5762.0 * 3600, "H100", 8, 1.0,
              "torchtitan: 5,762 tokens/s for each of 8xH100, eager bf16"),
)  # fmt: skip
