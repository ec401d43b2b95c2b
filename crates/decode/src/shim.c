/* A small stable interface over libavcodec, for FFmpeg 5.1 to 7.1.
 *
 * The libraries are opened at run time, by the major version of the headers this was built with:
 * struct layouts are stable within one. The recorder's own process never loads them; only the
 * sandboxed worker does. */
#include <dlfcn.h>
#include <libavcodec/avcodec.h>
#include <libavutil/avutil.h>
#include <libavutil/log.h>
#include <libavutil/mem.h>
#include <libavutil/pixdesc.h>
#include <stdio.h>
#include <string.h>

/* X(library, function): every function used, once. */
#define FUNCTIONS(X)                                                                               \
  X(codec, avcodec_find_decoder)                                                                   \
  X(codec, avcodec_alloc_context3)                                                                 \
  X(codec, avcodec_open2)                                                                          \
  X(codec, avcodec_send_packet)                                                                    \
  X(codec, avcodec_receive_frame)                                                                  \
  X(codec, avcodec_free_context)                                                                   \
  X(codec, av_packet_alloc)                                                                        \
  X(codec, av_packet_free)                                                                         \
  X(codec, av_packet_unref)                                                                        \
  X(codec, av_new_packet)                                                                          \
  X(util, av_frame_alloc)                                                                          \
  X(util, av_frame_free)                                                                           \
  X(util, av_frame_unref)                                                                          \
  X(util, av_frame_move_ref)                                                                       \
  X(util, av_mallocz)                                                                              \
  X(util, av_free)                                                                                 \
  X(util, av_log_set_level)                                                                        \
  X(util, av_pix_fmt_desc_get)

#define POINTER(library, name) static __typeof__(&name) p_##name;
FUNCTIONS(POINTER)

#define CODEC_LIBRARY "libavcodec.so." AV_STRINGIFY(LIBAVCODEC_VERSION_MAJOR)
#define UTIL_LIBRARY "libavutil.so." AV_STRINGIFY(LIBAVUTIL_VERSION_MAJOR)

/* Opens the libraries. 0 if all is there; else -1, and why (of why_size bytes) says what is not. */
int wp_load(char *why, size_t why_size) {
  void *util = dlopen(UTIL_LIBRARY, RTLD_LAZY);
  void *codec = util ? dlopen(CODEC_LIBRARY, RTLD_LAZY) : NULL;
  if (!codec) {
    snprintf(why, why_size, "%s", dlerror());
    return -1;
  }
#define RESOLVE(library, name)                                                                     \
  p_##name = (__typeof__(p_##name))dlsym(library, #name);                                          \
  if (!p_##name) {                                                                                 \
    snprintf(why, why_size, "%s", dlerror());                                                      \
    return -1;                                                                                     \
  }
  FUNCTIONS(RESOLVE)
  p_av_log_set_level(AV_LOG_QUIET);
  return 0;
}

typedef struct wp_decoder {
  AVCodecContext *context;
  AVPacket *packet;
  AVFrame *next; /* where the codec writes */
  AVFrame *shown; /* the last frame that was received */
} wp_decoder;

/* The last received frame. Planes stay valid until the next wp_receive that answers 0, or wp_close. */
typedef struct wp_frame {
  const uint8_t *plane[3]; /* luma, blue and red difference; the latter two may be NULL (grey) */
  int stride[3];           /* bytes from row to row */
  int width, height;       /* of the luma plane, in pixels */
  int chroma_shift_x, chroma_shift_y; /* chroma planes are width >> x by height >> y, rounded up */
  int depth;               /* bits of a sample; samples over 8 bits take two bytes, low byte first */
  int full_range;          /* 1: luma 0-255; 0: luma 16-235 */
  int64_t time;            /* as given to wp_send */
} wp_frame;

void wp_close(wp_decoder *d) {
  if (!d) return;
  if (d->context) p_avcodec_free_context(&d->context);
  if (d->packet) p_av_packet_free(&d->packet);
  if (d->next) p_av_frame_free(&d->next);
  if (d->shown) p_av_frame_free(&d->shown);
  p_av_free(d);
}

/* codec: 0 H.264, 1 H.265, 2 Motion JPEG. configuration: avcC, hvcC, or nothing. quick: leave the deblocking filter out,
 * which saves a fifth and is good enough to see motion by. NULL if it cannot be opened. */
wp_decoder *wp_open(int codec, const uint8_t *configuration, int size, int quick) {
  static const enum AVCodecID ids[] = {AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_CODEC_ID_MJPEG};
  const AVCodec *kind = p_avcodec_find_decoder(ids[codec]);
  wp_decoder *d = kind ? p_av_mallocz(sizeof *d) : NULL;
  if (!d) return NULL;
  d->context = p_avcodec_alloc_context3(kind);
  d->packet = p_av_packet_alloc();
  d->next = p_av_frame_alloc();
  d->shown = p_av_frame_alloc();
  if (!d->context || !d->packet || !d->next || !d->shown) goto fail;
  d->context->thread_count = 1;
  d->context->flags |= AV_CODEC_FLAG_LOW_DELAY;
  d->context->skip_loop_filter = quick ? AVDISCARD_ALL : AVDISCARD_DEFAULT;
  d->context->max_pixels = 8192LL * 8192;
  if (size > 0) {
    d->context->extradata = p_av_mallocz((size_t)size + AV_INPUT_BUFFER_PADDING_SIZE);
    if (!d->context->extradata) goto fail;
    memcpy(d->context->extradata, configuration, (size_t)size);
    d->context->extradata_size = size;
  }
  if (p_avcodec_open2(d->context, kind, NULL) < 0) goto fail;
  return d;
fail:
  wp_close(d);
  return NULL;
}

/* Gives one picture. Negative if the codec refuses it. */
int wp_send(wp_decoder *d, const uint8_t *data, int size, int64_t time) {
  int result = p_av_new_packet(d->packet, size);
  if (result < 0) return result;
  memcpy(d->packet->data, data, (size_t)size);
  d->packet->pts = time;
  result = p_avcodec_send_packet(d->context, d->packet);
  p_av_packet_unref(d->packet);
  return result;
}

/* 0 and the frame, or negative if there is none (yet), or one in a layout we do not read. */
int wp_receive(wp_decoder *d, wp_frame *out) {
  int result = p_avcodec_receive_frame(d->context, d->next);
  if (result < 0) return result;
  const AVPixFmtDescriptor *format = p_av_pix_fmt_desc_get(d->next->format);
  int planar = format && !(format->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_HWACCEL |
                                             AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BE));
  for (int i = 0; planar && i < format->nb_components && i < 3; i++)
    planar = format->comp[i].plane == i && format->comp[i].depth <= 16 && format->comp[i].shift == 0 &&
             format->comp[i].step == (format->comp[0].depth > 8 ? 2 : 1);
  for (int i = 0; planar && i < format->nb_components && i < 3; i++)
    planar = d->next->data[i] && d->next->linesize[i] > 0;
  if (!planar) {
    p_av_frame_unref(d->next);
    return AVERROR_PATCHWELCOME;
  }
  p_av_frame_unref(d->shown);
  p_av_frame_move_ref(d->shown, d->next);
  AVFrame *f = d->shown;
  for (int i = 0; i < 3; i++) {
    out->plane[i] = i < format->nb_components ? f->data[i] : NULL;
    out->stride[i] = f->linesize[i];
  }
  if (!out->plane[2]) out->plane[1] = NULL;
  out->width = f->width;
  out->height = f->height;
  out->chroma_shift_x = format->log2_chroma_w;
  out->chroma_shift_y = format->log2_chroma_h;
  out->depth = format->comp[0].depth;
  out->full_range = f->color_range == AVCOL_RANGE_JPEG;
  out->time = f->pts;
  return 0;
}
