package dev.thresher.engine.onednn.vector;

import static org.assertj.core.api.Assertions.assertThat;

import org.bytedeco.dnnl.global.dnnl;
import org.junit.jupiter.api.Test;

class GradientsTest {
  @Test
  void areBfloatsOnlyWhereTheirProductsAreFaster() {
    assertThat(Gradients.areFasterAsBfloats(dnnl.dnnl_cpu_isa_avx2)).isFalse();
    assertThat(Gradients.areFasterAsBfloats(dnnl.dnnl_cpu_isa_avx512_core_vnni)).isFalse();
    // AMD's, and Intel's before tiles.
    assertThat(Gradients.areFasterAsBfloats(dnnl.dnnl_cpu_isa_avx512_core_bf16)).isTrue();
    // Intel's with the tiles hidden.
    assertThat(Gradients.areFasterAsBfloats(dnnl.dnnl_cpu_isa_avx512_core_fp16)).isFalse();
    assertThat(Gradients.areFasterAsBfloats(dnnl.dnnl_cpu_isa_avx512_core_amx)).isTrue();
    assertThat(Gradients.areFasterAsBfloats(dnnl.dnnl_cpu_isa_avx512_core_amx_fp16)).isTrue();
  }
}
