/* What the desk asks of libspeex: one decoder, packets in, 16-bit mono samples out. One instance decodes one recording. */
#include <speex/speex.h>

#define MOST_PACKET 8192
#define MOST_SAMPLES 640 /* of one frame: 20 ms in ultra-wideband */
#define SHOWN(name) __attribute__((export_name(#name)))

static const int MODES[] = {SPEEX_MODEID_NB, SPEEX_MODEID_WB, SPEEX_MODEID_UWB};
static char packet[MOST_PACKET];
static spx_int16_t samples[MOST_SAMPLES];
static SpeexBits bits;
static void *decoder;

/* Where the bytes of a packet are laid, how many there may be, and where the samples of a frame are found. */
SHOWN(packet) char *packet_at(void) { return packet; }
SHOWN(most) int most(void) { return MOST_PACKET; }
SHOWN(samples) spx_int16_t *samples_at(void) { return samples; }

/* Once, before all else: 0 narrowband, 1 wideband, 2 ultra-wideband. The samples of a frame, 0 when there is no such mode. */
SHOWN(open) int open_decoder(int mode) {
    int size = 0;
    if (decoder || mode < 0 || mode > 2) return 0;
    decoder = speex_decoder_init(speex_lib_get_mode(MODES[mode]));
    if (!decoder) return 0;
    speex_bits_init(&bits);
    speex_decoder_ctl(decoder, SPEEX_GET_FRAME_SIZE, &size);
    return size <= MOST_SAMPLES ? size : 0;
}

/* `length` bytes of a packet lie ready. */
SHOWN(take) void take(int length) {
    if (decoder && length >= 0 && length <= MOST_PACKET) speex_bits_read_from(&bits, packet, length);
}

/* The next frame of the packet: 0 decoded, -1 the packet is at its end, -2 it is no Speex. */
SHOWN(frame) int frame(void) {
    int answer;
    if (!decoder) return -2;
    answer = speex_decode_int(decoder, &bits, samples);
    return answer == 0 && speex_bits_remaining(&bits) < 0 ? -2 : answer;
}
